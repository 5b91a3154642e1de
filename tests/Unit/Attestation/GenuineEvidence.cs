using System.Collections.Immutable;
using System.Text;
using Blindsight.Attestation;
using Blindsight.Attestation.Policies;
using Blindsight.Harness;

namespace Blindsight.Unit.Attestation;

/// <summary>The evidence of real machines in shared/data/attestation, when it was valid, and policies that accept it.</summary>
internal static class GenuineEvidence
{
    /// <summary>A moment at which all of Intel's collateral is valid.</summary>
    public static readonly TimeProvider DcapTime = At(2025, 6, 20);

    /// <summary>A moment within the chip's certificate.</summary>
    public static readonly TimeProvider SnpTime = At(2023, 1, 1);

    public static readonly SnpTcb MilanTcb = new(0, 2, 0, 5, 0x44);

    public static TimeProvider At(int year, int month, int day) => new Standstill(new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero));

    public static byte[] Bytes(params string[] path) => File.ReadAllBytes(SharedData.Path(["attestation", .. path]));

    public static byte[] SnpReport() => Bytes("sev-snp", "attestation.bin");

    public static byte[] Vcek() => Bytes("sev-snp", "vcek.der");

    /// <summary>The intermediate (0) or the root (1) of a line, out of AMD's PEM.</summary>
    public static byte[] AmdCertificate(string line, int index)
    {
        string[] parts = Encoding.ASCII.GetString(Bytes("sev-snp", $"ask_ark_{line}.pem")).Split("-----BEGIN CERTIFICATE-----")[1..];
        return Convert.FromBase64String(parts[index].Split("-----END")[0]);
    }

    public static SnpCollateral SnpCollateral() => new(Vcek(), AmdCertificate("milan", 0));

    /// <summary>The genuine guest was launched for debugging, with SMT, by firmware that states no alias check, and came without a CRL.</summary>
    public static SnpPolicy SnpDemands() => new()
    {
        Measurements = [Field(SnpReport(), 0x90, 48)],
        TcbMin = ImmutableDictionary<SnpProduct, SnpTcb>.Empty.Add(SnpProduct.Milan, MilanTcb),
        PermitDebug = true,
        PermitSmt = true,
        RequireAliasCheck = false,
        RequireRevocationList = false,
    };

    public static AttestationPolicy SnpPolicy() => new() { ReportData = Field(SnpReport(), 0x50, 64), SevSnp = SnpDemands() };

    public static byte[] SgxQuote() => Bytes("dcap", "sgx_quote.bin");

    public static byte[] TdxQuote() => Bytes("dcap", "tdx_quote.bin");

    public static DcapCollateral Collateral(string kind) => DcapCollateral.Parse(Bytes("dcap", $"{kind}_quote_collateral.json"));

    public static SgxPolicy SgxDemands() => new([Field(SgxQuote(), 48 + 64, 32)], new SgxSigner(Field(SgxQuote(), 48 + 128, 32), 0, 0))
    {
        AcceptedStatuses = [TcbStatus.UpToDate, TcbStatus.ConfigurationAndSWHardeningNeeded],
        AcceptedAdvisories = ["INTEL-SA-00289", "INTEL-SA-00615"],
    };

    public static AttestationPolicy SgxPolicy() => new() { ReportData = Field(SgxQuote(), 48 + 320, 64), Sgx = SgxDemands() };

    public static TdxPolicy TdxDemands() => new()
    {
        Measurements = [Field(TdxQuote(), 48 + 136, 48)],
        RuntimeMeasurements = [.. Enumerable.Range(0, 4).Select(i => (Octets?)Field(TdxQuote(), 48 + 328 + 48 * i, 48))],
    };

    public static AttestationPolicy TdxPolicy() => new() { ReportData = Field(TdxQuote(), 48 + 520, 64), Tdx = TdxDemands() };

    public static Octets Field(byte[] bytes, int offset, int length) => new(bytes.AsSpan(offset, length));
}
