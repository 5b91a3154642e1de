using System.Buffers.Binary;

namespace Blindsight.Attestation.Snp;

/// <summary>
/// An SEV-SNP attestation report, versions 2 to 5 (SEV-SNP firmware ABI, AMD 56860, section 7.3): 1,184 bytes, of which the first
/// 672 are signed. Numbers are little-endian, in the signature too.
/// </summary>
internal sealed class SnpReport
{
    public const int Bytes = 0x4A0, SignedBytes = 0x2A0;

    private const int CoordinateBytes = 48, FieldBytes = 72;

    private readonly ReadOnlyMemory<byte> raw;

    private SnpReport(ReadOnlyMemory<byte> raw) => this.raw = raw;

    public ReadOnlySpan<byte> Signed => raw.Span[..SignedBytes];

    /// <summary>r and s, big-endian, 48 bytes each.</summary>
    public byte[] Signature { get; } = new byte[2 * CoordinateBytes];

    public uint Version => Word(0x00);

    public GuestPolicy Policy => (GuestPolicy)BinaryPrimitives.ReadUInt64LittleEndian(raw.Span[0x08..]);

    /// <summary>The privilege level that asked for the report.</summary>
    public uint Vmpl => Word(0x30);

    public ReadOnlySpan<byte> CurrentTcb => raw.Span.Slice(0x38, 8);

    public PlatformInfo Platform => (PlatformInfo)BinaryPrimitives.ReadUInt64LittleEndian(raw.Span[0x40..]);

    /// <summary>Which key signed: 0 VCEK, 1 VLEK, 7 none.</summary>
    public uint SigningKey => Word(0x48) >> 2 & 7;

    public ReadOnlySpan<byte> ReportData => raw.Span.Slice(0x50, 64);

    public ReadOnlySpan<byte> Measurement => raw.Span.Slice(0x90, 48);

    /// <summary>The versions that the signing key was derived from.</summary>
    public ReadOnlySpan<byte> ReportedTcb => raw.Span.Slice(0x180, 8);

    /// <summary>The processor's family and model; in reports from version 3 on.</summary>
    public (byte Family, byte Model) Processor => (raw.Span[0x188], raw.Span[0x189]);

    public ReadOnlySpan<byte> ChipId => raw.Span.Slice(0x1A0, 64);

    public ReadOnlySpan<byte> CommittedTcb => raw.Span.Slice(0x1E0, 8);

    public ReadOnlySpan<byte> LaunchTcb => raw.Span.Slice(0x1F0, 8);

    /// <exception cref="AttestationException">EvidenceMalformed or EvidenceUnsupported.</exception>
    public static SnpReport Read(ReadOnlyMemory<byte> raw)
    {
        if (raw.Length != Bytes) throw Fault(AttestationFault.EvidenceMalformed, $"{raw.Length} bytes, must be {Bytes}");
        SnpReport report = new(raw);
        if (report.Version is < 2 or > 5) throw Fault(AttestationFault.EvidenceUnsupported, $"version {report.Version}, 2 to 5 are known");
        if (report.Word(0x34) != 1) throw Fault(AttestationFault.EvidenceUnsupported, $"signature algorithm {report.Word(0x34)}, must be 1 (ECDSA P-384)");
        report.ReadSignature();
        return report;
    }

    private void ReadSignature()
    {
        // r and s have 72 bytes each, of which P-384 fills 48; what follows is reserved. None of it is signed, so it must be zero.
        ReadOnlySpan<byte> fields = raw.Span[SignedBytes..];
        for (int i = 0; i < 2; i++)
        {
            ReadOnlySpan<byte> field = fields.Slice(i * FieldBytes, FieldBytes);
            if (field[CoordinateBytes..].ContainsAnyExcept((byte)0)) throw Fault(AttestationFault.EvidenceMalformed, "signature longer than 48 bytes");
            Span<byte> number = Signature.AsSpan(i * CoordinateBytes, CoordinateBytes);
            field[..CoordinateBytes].CopyTo(number);
            number.Reverse();
        }
        if (fields[(2 * FieldBytes)..].ContainsAnyExcept((byte)0)) throw Fault(AttestationFault.EvidenceMalformed, "bytes after the signature");
    }

    private uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(raw.Span[offset..]);

    private static AttestationException Fault(AttestationFault fault, string message) => new(fault, "SEV-SNP report", message);
}

/// <summary>The bits of a guest's launch policy that matter here (AMD 56860, section 4.3).</summary>
[Flags]
internal enum GuestPolicy : ulong
{
    None = 0,
    Smt = 1UL << 16,
    AlwaysOne = 1UL << 17,
    MigrationAgent = 1UL << 18,
    Debug = 1UL << 19,
}

/// <summary>The bits of PLATFORM_INFO that matter here.</summary>
[Flags]
internal enum PlatformInfo : ulong
{
    None = 0,
    AliasCheckComplete = 1UL << 5,
}
