using System.Buffers.Binary;

namespace Blindsight.Attestation.Snp;

/// <summary>
/// The table of certificates that a host hands to a guest with its report (GHCB specification, AMD 56421, section 4.1.8.1): entries
/// of a GUID, an offset and a length, closed by an entry of zeros, then the certificates in DER. The GUIDs stand in the order of
/// their written digits.
/// </summary>
internal sealed record SnpCertificateTable(ReadOnlyMemory<byte> EndorsementKey, ReadOnlyMemory<byte> Intermediate)
{
    private const int EntryBytes = 24, EntriesMax = 32;

    private static readonly Guid Vcek = new("63da758d-e664-4564-adc5-f4b93be8accd"), Vlek = new("a8074bc2-a25a-483e-aae6-39c045a0b8a1"),
        Ask = new("4ab7b379-bbac-4fe4-a02f-05aef327c782");

    /// <exception cref="AttestationException">EvidenceMalformed, or CollateralMissing where a needed certificate is not there.</exception>
    public static SnpCertificateTable Parse(ReadOnlyMemory<byte> table)
    {
        if (table.IsEmpty) throw Fault(AttestationFault.CollateralMissing, "the host delivered none");
        Dictionary<Guid, ReadOnlyMemory<byte>> entries = [];
        for (int at = 0; ; at += EntryBytes)
        {
            if (table.Length - at < EntryBytes) throw Fault(AttestationFault.EvidenceMalformed, $"ends in entry {at / EntryBytes}");
            ReadOnlySpan<byte> entry = table.Span.Slice(at, EntryBytes);
            if (!entry.ContainsAnyExcept((byte)0)) break;
            if (entries.Count == EntriesMax) throw Fault(AttestationFault.EvidenceMalformed, $"more than {EntriesMax} entries");
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]), length = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]);
            if ((ulong)offset + length > (ulong)table.Length)
                throw Fault(AttestationFault.EvidenceMalformed, $"entry {at / EntryBytes} ends at byte {(ulong)offset + length} of {table.Length}");
            if (!entries.TryAdd(new Guid(entry[..16], bigEndian: true), table.Slice((int)offset, (int)length)))
                throw Fault(AttestationFault.EvidenceMalformed, $"entry {at / EntryBytes} stands there twice");
        }
        if (!entries.TryGetValue(Vcek, out ReadOnlyMemory<byte> key) && !entries.TryGetValue(Vlek, out key))
            throw Fault(AttestationFault.CollateralMissing, "neither a VCEK nor a VLEK");
        if (!entries.TryGetValue(Ask, out ReadOnlyMemory<byte> intermediate)) throw Fault(AttestationFault.CollateralMissing, "no ASK");
        return new SnpCertificateTable(key, intermediate);
    }

    private static AttestationException Fault(AttestationFault fault, string message) => new(fault, "certificate table", message);
}
