using System.Buffers.Binary;

namespace Blindsight.Attestation;

/// <summary>What kind of machine made the evidence, and so how its bytes are read.</summary>
public enum EvidenceKind : byte
{
    /// <summary>No TEE at all: signed by a key that anybody can make. NOT ATTESTED.</summary>
    Simulated = 0,
    /// <summary>An AMD SEV-SNP attestation report of 1,184 bytes.</summary>
    SevSnpReport = 1,
    /// <summary>An Intel SGX or TDX quote of the DCAP kind (version 3, 4 or 5); which of the two stands inside.</summary>
    DcapQuote = 2,
}

/// <summary>Evidence as it came from the machine: opaque bytes, their kind, and what the host put beside them.</summary>
public sealed class Evidence
{
    /// <summary>The longest evidence or endorsement that is looked at, in bytes.</summary>
    public const int LengthMax = 1 << 16;

    private const int HeaderBytes = 13;

    private static ReadOnlySpan<byte> Magic => "BSE1"u8;

    private readonly byte[] bytes;
    private readonly byte[] endorsements;

    /// <param name="kind">How the bytes are to be read.</param>
    /// <param name="bytes">The report or quote; copied. At most <see cref="LengthMax"/> bytes.</param>
    /// <param name="endorsements">What the host delivers with it: on AMD a table of certificates, else empty. Copied.</param>
    /// <exception cref="AttestationException">EvidenceMalformed: too long, or an unknown kind.</exception>
    public Evidence(EvidenceKind kind, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> endorsements = default)
    {
        if (!Enum.IsDefined(kind)) throw Malformed($"kind {(byte)kind} is not known");
        if (bytes.Length > LengthMax) throw Malformed($"{bytes.Length} bytes, at most {LengthMax} are looked at");
        if (endorsements.Length > LengthMax) throw Malformed($"{endorsements.Length} bytes of endorsements, at most {LengthMax} are looked at");
        Kind = kind;
        this.bytes = bytes.ToArray();
        this.endorsements = endorsements.ToArray();
    }

    /// <summary>How the bytes are to be read.</summary>
    public EvidenceKind Kind { get; }

    /// <summary>The report or quote.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>What the host delivered with it. Not trusted: whatever is used of it is checked up to a pinned root.</summary>
    public ReadOnlyMemory<byte> Endorsements => endorsements;

    /// <summary>Magic (4), kind (1), length (4), length of endorsements (4), both byte strings; little-endian.</summary>
    public byte[] Encode()
    {
        byte[] encoded = new byte[HeaderBytes + bytes.Length + endorsements.Length];
        Magic.CopyTo(encoded);
        encoded[4] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(encoded.AsSpan(5), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(encoded.AsSpan(9), endorsements.Length);
        bytes.CopyTo(encoded, HeaderBytes);
        endorsements.CopyTo(encoded, HeaderBytes + bytes.Length);
        return encoded;
    }

    /// <summary>The inverse of <see cref="Encode"/>. Lengths are checked before anything is allocated.</summary>
    /// <exception cref="AttestationException">EvidenceMalformed.</exception>
    public static Evidence Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < HeaderBytes) throw Malformed($"{encoded.Length} bytes, the header alone takes {HeaderBytes}");
        if (!encoded.StartsWith(Magic)) throw Malformed("does not begin with its magic number");
        long length = BinaryPrimitives.ReadUInt32LittleEndian(encoded[5..]), besides = BinaryPrimitives.ReadUInt32LittleEndian(encoded[9..]);
        if (HeaderBytes + length + besides != encoded.Length)
            throw Malformed($"states {length} and {besides} bytes but has {encoded.Length - HeaderBytes}");
        ReadOnlySpan<byte> body = encoded[HeaderBytes..];
        return new Evidence((EvidenceKind)encoded[4], body[..(int)length], body[(int)length..]);
    }

    private static AttestationException Malformed(string message) => new(AttestationFault.EvidenceMalformed, "evidence", message);
}
