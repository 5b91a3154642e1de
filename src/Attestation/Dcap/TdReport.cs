using System.Buffers.Binary;

namespace Blindsight.Attestation.Dcap;

/// <summary>The body of a TDX quote (Intel TDX DCAP quoting library API, appendix A.3): 584 bytes, or 648 from TDX 1.5 on.</summary>
internal sealed class TdReport(ReadOnlyMemory<byte> raw)
{
    public const int Bytes = 584, Bytes15 = 648, Registers = 4;

    /// <summary>The attributes under which nothing in the domain is protected: the group "TUD", of which bit 0 is DEBUG.</summary>
    private const ulong Untrusted = 0xFF;

    /// <summary>The versions of the TDX module and the late microcode that the domain was launched under; 16 parts.</summary>
    public ReadOnlySpan<byte> TeeTcbSvn => raw.Span[..16];

    /// <summary>The signer of the TDX module; zero for Intel's own.</summary>
    public ReadOnlySpan<byte> ModuleSigner => raw.Span.Slice(64, 48);

    public ReadOnlySpan<byte> ModuleAttributes => raw.Span.Slice(112, 8);

    private ulong Attributes => BinaryPrimitives.ReadUInt64LittleEndian(raw.Span[120..]);

    public bool IsDebug => (Attributes & Untrusted) != 0;

    public bool HasNoSecureEptExceptions => (Attributes & 1UL << 28) != 0;

    public bool IsMigratable => (Attributes & 1UL << 29) != 0;

    public ReadOnlySpan<byte> Measurement => raw.Span.Slice(136, 48);

    /// <summary>RTMR0 to RTMR3.</summary>
    public ReadOnlySpan<byte> Register(int index) => raw.Span.Slice(328 + 48 * index, 48);

    public ReadOnlySpan<byte> ReportData => raw.Span.Slice(520, 64);
}
