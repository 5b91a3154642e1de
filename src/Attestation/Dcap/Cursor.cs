using System.Buffers.Binary;

namespace Blindsight.Attestation.Dcap;

/// <summary>Walks through a quote; every step checks what is left first. Slices, copies nothing. Numbers are little-endian.</summary>
internal sealed class Cursor(ReadOnlyMemory<byte> rest)
{
    /// <summary>What has not been read.</summary>
    public ReadOnlyMemory<byte> Rest { get; private set; } = rest;

    /// <exception cref="AttestationException">EvidenceMalformed: fewer than <paramref name="bytes"/> are left.</exception>
    public ReadOnlyMemory<byte> Take(long bytes, string what)
    {
        if (bytes > Rest.Length)
            throw new AttestationException(AttestationFault.EvidenceMalformed, "quote", $"{what} takes {bytes} bytes and {Rest.Length} are left");
        ReadOnlyMemory<byte> taken = Rest[..(int)bytes];
        Rest = Rest[(int)bytes..];
        return taken;
    }

    public ushort Take16(string what) => BinaryPrimitives.ReadUInt16LittleEndian(Take(2, what).Span);

    public uint Take32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, what).Span);

    /// <exception cref="AttestationException">EvidenceMalformed: something is left.</exception>
    public void ExpectEnd(string what)
    {
        if (!Rest.IsEmpty) throw new AttestationException(AttestationFault.EvidenceMalformed, "quote", $"{Rest.Length} bytes after {what}");
    }
}
