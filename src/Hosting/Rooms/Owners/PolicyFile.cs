using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Arithmetic;
using Blindsight.Attestation;
using Blindsight.Attestation.Policies;

namespace Blindsight.Hosting.Rooms.Owners;

/// <summary>
/// An attestation policy as JSON: sections sevSnp, tdx and sgx, each with the members of <see cref="SnpPolicy"/>, <see cref="TdxPolicy"/> and
/// <see cref="SgxPolicy"/>; measurements in hexadecimal digits. A kind without a section is refused. Simulated evidence has no section: it takes a flag.
/// </summary>
/// <param name="SevSnp">Null: refused.</param>
/// <param name="Tdx">Null: refused.</param>
/// <param name="Sgx">Null: refused.</param>
public sealed record PolicyFile(PolicyFile.SnpSection? SevSnp = null, PolicyFile.TdxSection? Tdx = null, PolicyFile.SgxSection? Sgx = null)
{
    private const long BytesMax = 1 << 20;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 8, Converters = { new JsonStringEnumConverter() },
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <exception cref="ParameterException">There is none, or it is no policy.</exception>
    public static PolicyFile Read(string path)
    {
        if (!File.Exists(path)) throw new ParameterException($"there is no policy at '{path}'");
        if (new FileInfo(path).Length > BytesMax) throw new ParameterException($"{path} is too long for a policy");
        try
        {
            PolicyFile policy = JsonSerializer.Deserialize<PolicyFile>(File.ReadAllBytes(path), Format) ?? throw new JsonException("it is empty");
            policy.For(new Octets(new byte[AttestationPolicy.ReportDataBytes]));
            return policy;
        }
        catch (Exception refused) when (refused is JsonException or ArgumentException or FormatException)
        {
            throw new ParameterException($"{path} is no policy: {refused.Message}");
        }
    }

    /// <summary>The policy for given report data.</summary>
    public AttestationPolicy For(Octets reportData) => new()
    {
        ReportData = reportData,
        SevSnp = SevSnp is not { } snp ? null : new SnpPolicy
        {
            Measurements = Hex(snp.Measurements),
            TcbMin = snp.TcbMin.ToImmutableDictionary(),
            ChipIds = Hex(snp.ChipIds), VmplMax = snp.VmplMax, PermitDebug = snp.PermitDebug, PermitMigration = snp.PermitMigration,
            PermitSmt = snp.PermitSmt, PermitLeasedKey = snp.PermitLeasedKey, PermitProvisionalFirmware = snp.PermitProvisionalFirmware,
            RequireAliasCheck = snp.RequireAliasCheck, RequireRevocationList = snp.RequireRevocationList,
        },
        Tdx = Tdx is not { } tdx ? null : new TdxPolicy
        {
            Measurements = Hex(tdx.Measurements),
            RuntimeMeasurements = [.. tdx.RuntimeMeasurements.Select(register => register is null ? null : Octets.FromHex(register))],
            AcceptedStatuses = [.. tdx.AcceptedStatuses ?? [TcbStatus.UpToDate]], AcceptedAdvisories = [.. tdx.AcceptedAdvisories ?? []],
            EvaluationNumberMin = tdx.EvaluationNumberMin, PermitDebug = tdx.PermitDebug, PermitMigration = tdx.PermitMigration,
        },
        Sgx = Sgx is not { } sgx ? null : new SgxPolicy(Hex(sgx.Measurements))
        {
            AcceptedStatuses = [.. sgx.AcceptedStatuses ?? [TcbStatus.UpToDate]], AcceptedAdvisories = [.. sgx.AcceptedAdvisories ?? []],
            EvaluationNumberMin = sgx.EvaluationNumberMin, PermitDebug = sgx.PermitDebug,
        },
    };

    private static ImmutableArray<Octets> Hex(string[]? texts) => [.. (texts ?? []).Select(Octets.FromHex)];

    /// <summary>As <see cref="SnpPolicy"/>.</summary>
    public sealed record SnpSection(
        string[] Measurements, Dictionary<SnpProduct, SnpTcb> TcbMin, string[]? ChipIds = null, uint VmplMax = 0, bool PermitDebug = false,
        bool PermitMigration = false, bool PermitSmt = false, bool PermitProvisionalFirmware = false, bool PermitLeasedKey = false,
        bool RequireAliasCheck = true, bool RequireRevocationList = true);

    /// <summary>As <see cref="TdxPolicy"/>.</summary>
    public sealed record TdxSection(
        string[] Measurements, string?[] RuntimeMeasurements, TcbStatus[]? AcceptedStatuses = null, string[]? AcceptedAdvisories = null,
        int EvaluationNumberMin = 0, bool PermitDebug = false, bool PermitMigration = false);

    /// <summary>As <see cref="SgxPolicy"/>.</summary>
    public sealed record SgxSection(
        string[] Measurements, TcbStatus[]? AcceptedStatuses = null, string[]? AcceptedAdvisories = null, int EvaluationNumberMin = 0,
        bool PermitDebug = false);
}
