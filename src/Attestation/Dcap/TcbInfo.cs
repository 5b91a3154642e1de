using System.Collections.Immutable;
using System.Text.Json;

namespace Blindsight.Attestation.Dcap;

/// <summary>
/// Intel's TCB information, version 3 (Intel SGX and TDX provisioning certification service API v4): for one family of platforms, all
/// levels of versions from the newest down with a verdict on each.
/// </summary>
internal sealed record TcbInfo(
    bool Tdx, byte[] Fmspc, byte[] PceId, int EvaluationNumber, DateTimeOffset Issued, DateTimeOffset NextUpdate,
    ImmutableArray<PlatformLevel> Levels, ModuleIdentity? Module, ImmutableArray<ModuleIdentity> NumberedModules)
{
    public const string Place = "TCB information";

    /// <exception cref="AttestationException">CollateralMalformed.</exception>
    public static TcbInfo Read(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = Statement.Document(json, Place);
        Statement fields = new(document.RootElement, Place);
        string id = fields.Text("id");
        if (id is not ("SGX" or "TDX")) throw fields.Malformed("is neither for SGX nor for TDX");
        bool tdx = id == "TDX";
        if (fields.Number("version", int.MaxValue) != 3) throw fields.Malformed("is not of version 3");
        if (fields.Number("tcbType", int.MaxValue) != 0) throw fields.Malformed("composes versions in a way that is not known");
        return new TcbInfo(
            tdx, fields.Hex("fmspc", 6), fields.Hex("pceId", 2), fields.Number("tcbEvaluationDataNumber", int.MaxValue),
            fields.Time("issueDate"), fields.Time("nextUpdate"),
            [.. fields.Objects("tcbLevels").Select(level => PlatformLevel.Read(level, tdx))],
            tdx ? ModuleIdentity.Read(fields.Object("tdxModule"), "", []) : null,
            tdx ? [.. fields.ObjectsIfAny("tdxModuleIdentities").Select(ModuleIdentity.ReadNumbered)] : []);
    }

    /// <summary>The verdict on a platform: that of the first level of which it reaches every version.</summary>
    /// <exception cref="AttestationException">TcbLevelUnknown.</exception>
    public TcbVerdict Match(PckExtensions platform, TdReport? domain)
    {
        ReadOnlySpan<byte> teeTcbSvn = domain is null ? [] : domain.TeeTcbSvn;
        foreach (PlatformLevel level in Levels)
            if (level.IsReachedBy(platform, teeTcbSvn))
                return domain is null ? level.Verdict : LowerByModule(level.Verdict, domain);
        throw new AttestationException(AttestationFault.TcbLevelUnknown, Place, "the platform's versions are below every level");
    }

    private TcbVerdict LowerByModule(TcbVerdict verdict, TdReport domain)
    {
        int number = domain.TeeTcbSvn[1];
        ModuleIdentity module = (number == 0 ? Module : NumberedModules.FirstOrDefault(identity => identity.Id == $"TDX_{number:X2}"))
            ?? throw new AttestationException(AttestationFault.TdxModuleMismatch, Place, $"knows no TDX module with number {number}");
        module.Check(domain);
        return number == 0 ? verdict : verdict.LoweredBy(PartLevel.Match(module.Levels, domain.TeeTcbSvn[0], "TDX module"));
    }
}

/// <summary>Which TDX module is genuine: its signer and its attributes, and for numbered modules a verdict on each version.</summary>
internal sealed record ModuleIdentity(string Id, byte[] Signer, byte[] Attributes, byte[] AttributesMask, ImmutableArray<PartLevel> Levels)
{
    public static ModuleIdentity Read(Statement fields, string id, ImmutableArray<PartLevel> levels) =>
        new(id, fields.Hex("mrsigner", 48), fields.Hex("attributes", 8), fields.Hex("attributesMask", 8), levels);

    public static ModuleIdentity ReadNumbered(Statement fields) =>
        Read(fields, fields.Text("id").ToUpperInvariant(), PartLevel.ReadAll(fields));

    /// <exception cref="AttestationException">TdxModuleMismatch.</exception>
    public void Check(TdReport domain)
    {
        if (!domain.ModuleSigner.SequenceEqual(Signer))
            throw new AttestationException(AttestationFault.TdxModuleMismatch, "TDX module", "is signed by another than the TCB information names");
        if (!Masked.Equal(domain.ModuleAttributes, AttributesMask, Attributes))
            throw new AttestationException(AttestationFault.TdxModuleMismatch, "TDX module", "has other attributes than the TCB information states");
    }
}

/// <summary>Comparison of the bits that a mask selects.</summary>
internal static class Masked
{
    public static bool Equal(ReadOnlySpan<byte> value, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> expected)
    {
        for (int i = 0; i < expected.Length; i++)
            if ((value[i] & mask[i]) != expected[i])
                return false;
        return true;
    }
}
