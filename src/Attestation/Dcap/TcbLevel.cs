using System.Collections.Immutable;

namespace Blindsight.Attestation.Dcap;

/// <summary>What Intel says of one combination of versions: its verdict, and the advisories still open under it.</summary>
internal sealed record TcbVerdict(TcbStatus Status, DateTimeOffset Date, ImmutableArray<string> Advisories)
{
    public static TcbVerdict Read(Statement level) =>
        new(level.Status("tcbStatus"), level.Time("tcbDate"), [.. level.TextsIfAny("advisoryIDs").Distinct(StringComparer.Ordinal)]);

    /// <summary>
    /// This verdict on the platform, lowered by that on a part of it (the quoting enclave or the TDX module), as Intel's own verifier
    /// does: a revoked part revokes, an old part makes old, and what was already worse stays.
    /// </summary>
    public TcbVerdict LoweredBy(TcbVerdict part) => new(
        (part.Status, Status) switch
        {
            (_, TcbStatus.Revoked) or (TcbStatus.Revoked, _) => TcbStatus.Revoked,
            (TcbStatus.OutOfDate, TcbStatus.UpToDate or TcbStatus.SWHardeningNeeded) => TcbStatus.OutOfDate,
            (TcbStatus.OutOfDate, TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded) => TcbStatus.OutOfDateConfigurationNeeded,
            _ => Status,
        },
        part.Date < Date ? part.Date : Date,
        [.. Advisories.Union(part.Advisories, StringComparer.Ordinal)]);
}

/// <summary>A level that a single version number reaches: of a quoting enclave or of a TDX module.</summary>
internal sealed record PartLevel(int VersionMin, TcbVerdict Verdict)
{
    public static ImmutableArray<PartLevel> ReadAll(Statement part) =>
        [.. part.Objects("tcbLevels").Select(level => new PartLevel(level.Object("tcb").Number("isvsvn", ushort.MaxValue), ReadVerdict(level)))];

    /// <summary>The first level, from the newest down, that <paramref name="version"/> reaches.</summary>
    public static TcbVerdict Match(ImmutableArray<PartLevel> levels, int version, string place) =>
        levels.FirstOrDefault(level => version >= level.VersionMin)?.Verdict
        ?? throw new AttestationException(AttestationFault.TcbLevelUnknown, place, $"version {version} is below every level");

    private static TcbVerdict ReadVerdict(Statement level)
    {
        TcbVerdict verdict = TcbVerdict.Read(level);
        return verdict.Status is TcbStatus.UpToDate or TcbStatus.OutOfDate or TcbStatus.Revoked
            ? verdict
            : throw level.Malformed($"status {verdict.Status} of a part");
    }
}

/// <summary>A level that a whole platform reaches. The TDX versions are empty in the information on SGX.</summary>
internal sealed record PlatformLevel(byte[] ComponentVersions, int PceVersion, byte[] TdxVersions, TcbVerdict Verdict)
{
    public static PlatformLevel Read(Statement level, bool tdx)
    {
        Statement tcb = level.Object("tcb");
        return new PlatformLevel(
            Versions("sgxtcbcomponents"), tcb.Number("pcesvn", ushort.MaxValue), tdx ? Versions("tdxtcbcomponents") : [], TcbVerdict.Read(level));

        byte[] Versions(string name)
        {
            byte[] versions = [.. tcb.Objects(name).Select(component => (byte)component.Number("svn", byte.MaxValue))];
            return versions.Length == PckExtensions.Components ? versions : throw tcb.Malformed($"\"{name}\" has {versions.Length} entries, must have 16");
        }
    }

    /// <summary>Whether every version is at least this level's. <paramref name="teeTcbSvn"/> is empty for SGX.</summary>
    public bool IsReachedBy(PckExtensions platform, ReadOnlySpan<byte> teeTcbSvn) =>
        Reaches(platform.ComponentVersions, ComponentVersions) && platform.PceVersion >= PceVersion
        && (teeTcbSvn.IsEmpty || Reaches(teeTcbSvn[ModuleParts(teeTcbSvn)..], TdxVersions.AsSpan(ModuleParts(teeTcbSvn))));

    /// <summary>Modules that number themselves (second byte above 0) have an identity of their own; their two bytes are judged there.</summary>
    private static int ModuleParts(ReadOnlySpan<byte> teeTcbSvn) => teeTcbSvn[1] > 0 ? 2 : 0;

    private static bool Reaches(ReadOnlySpan<byte> versions, ReadOnlySpan<byte> minimum)
    {
        for (int i = 0; i < minimum.Length; i++)
            if (versions[i] < minimum[i])
                return false;
        return true;
    }
}
