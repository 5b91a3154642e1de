using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Arithmetic;

namespace Blindsight.Inference.Costs;

/// <summary>What a kind of work takes: so much a call and so much a unit, by width where the kind has one.</summary>
/// <param name="CallNs">Nanoseconds a call.</param>
/// <param name="Units">Nanoseconds a unit by rising width; at least one. Between widths by interpolation, beyond them in proportion to the last.</param>
public sealed record WorkCost(double CallNs, ImmutableArray<WidthCost> Units)
{
    /// <summary>Without widths.</summary>
    public static WorkCost Of(double callNs, double unitNs) => new(callNs, [new WidthCost(0, unitNs)]);

    /// <summary>Nanoseconds of a call.</summary>
    public double Of(double units, int width) => CallNs + units * UnitNs(width);

    private double UnitNs(int width)
    {
        if (Units.Length == 1 || width <= Units[0].Width) return Units[0].Ns;
        for (int i = 1; i < Units.Length; i++)
        {
            (WidthCost low, WidthCost high) = (Units[i - 1], Units[i]);
            if (width <= high.Width) return low.Ns + (high.Ns - low.Ns) * (width - low.Width) / (high.Width - low.Width);
        }
        return Units[^1].Ns * width / Units[^1].Width;
    }
}

/// <summary>A point of a <see cref="WorkCost"/>.</summary>
public readonly record struct WidthCost(int Width, double Ns);

/// <summary>What every kind of work takes on one machine. Immutable; from a file or <see cref="Nominal"/>.</summary>
/// <param name="Machine">What was measured, for people.</param>
/// <param name="IsNominal">Whether this is not a measurement of the machine in use.</param>
public sealed record MachineCosts(string Machine, bool IsNominal, ImmutableSortedDictionary<Work, WorkCost> Costs)
{
    private const int SchemaVersion = 1, FileBytesMax = 1 << 20;
    private const string NominalResource = "nominal-costs.json";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Of the machine that the tables of docs/PERFORMANCE.md were measured on; for where nothing was measured.</summary>
    public static MachineCosts Nominal { get; } = ReadNominal();

    /// <summary>Nanoseconds of a call.</summary>
    public double Ns(Work work, double units = 1, int width = 0) => Costs[work].Of(units, width);

    /// <summary>As a file.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new Stored(SchemaVersion, Machine, IsNominal,
        Costs.ToDictionary(entry => JsonNamingPolicy.SnakeCaseLower.ConvertName(entry.Key.ToString()), entry => entry.Value)), Format);

    /// <summary>Reads a file.</summary>
    /// <exception cref="ParameterException">It is not one, or of another version.</exception>
    public static MachineCosts FromJson(ReadOnlySpan<byte> json)
    {
        if (json.Length > FileBytesMax) throw new ParameterException($"A file of costs has at most {FileBytesMax} bytes.");
        Stored? stored;
        try
        {
            stored = JsonSerializer.Deserialize<Stored>(json, Format);
        }
        catch (JsonException malformed)
        {
            throw new ParameterException($"The costs cannot be read: {malformed.Message}");
        }
        if (stored is not { Machine: not null, WorkNs: not null } || stored.SchemaVersion != SchemaVersion)
            throw new ParameterException($"The costs are not of version {SchemaVersion}; measure again with 'blindsight measure'.");
        ImmutableSortedDictionary<Work, WorkCost>.Builder costs = ImmutableSortedDictionary.CreateBuilder<Work, WorkCost>();
        foreach (Work work in Enum.GetValues<Work>())
            costs[work] = stored.WorkNs.TryGetValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(work.ToString()), out WorkCost? cost) && IsSound(cost)
                ? cost : throw new ParameterException($"The costs lack a usable figure for {work}; measure again with 'blindsight measure'.");
        return new MachineCosts(stored.Machine, stored.Nominal, costs.ToImmutable());
    }

    private static bool IsSound(WorkCost? cost) => cost is { Units: { IsDefaultOrEmpty: false } units } && IsTime(cost.CallNs)
        && units.All(unit => IsTime(unit.Ns)) && units.Zip(units.Skip(1)).All(pair => pair.First.Width < pair.Second.Width);

    private static bool IsTime(double ns) => double.IsFinite(ns) && ns >= 0;

    private static MachineCosts ReadNominal()
    {
        using Stream stream = typeof(MachineCosts).Assembly.GetManifestResourceStream(NominalResource)
            ?? throw new InvalidOperationException("The nominal costs are not in the assembly.");
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return FromJson(bytes.ToArray());
    }

    private sealed record Stored(int SchemaVersion, string Machine, bool Nominal, Dictionary<string, WorkCost> WorkNs);
}
