using System.Buffers.Binary;

namespace Blindsight.Attestation.Dcap;

/// <summary>The body of an SGX enclave's report (Intel SDM volume 3D, "REPORT"), 384 bytes: the quoted enclave's or the quoting enclave's own.</summary>
internal sealed class SgxReport(ReadOnlyMemory<byte> raw)
{
    public const int Bytes = 384;

    /// <summary>Bits of the first byte of the attributes.</summary>
    private const byte Initialised = 1, DebugAllowed = 2;

    public ReadOnlySpan<byte> Raw => raw.Span;

    public ReadOnlySpan<byte> MiscSelect => raw.Span.Slice(16, 4);

    public ReadOnlySpan<byte> Attributes => raw.Span.Slice(48, 16);

    public bool IsInitialised => (Attributes[0] & Initialised) != 0;

    public bool IsDebug => (Attributes[0] & DebugAllowed) != 0;

    public ReadOnlySpan<byte> MrEnclave => raw.Span.Slice(64, 32);

    public ReadOnlySpan<byte> MrSigner => raw.Span.Slice(128, 32);

    public ushort ProductId => BinaryPrimitives.ReadUInt16LittleEndian(raw.Span[256..]);

    public ushort Version => BinaryPrimitives.ReadUInt16LittleEndian(raw.Span[258..]);

    public ReadOnlySpan<byte> ReportData => raw.Span.Slice(320, 64);
}
