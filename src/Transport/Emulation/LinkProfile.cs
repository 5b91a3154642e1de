using System.Collections.Immutable;
using Blindsight.Arithmetic;

namespace Blindsight.Transport.Emulation;

/// <summary>A link to emulate: each direction has this rate and delay of its own.</summary>
/// <param name="BitsPerSecond">Serialisation rate; infinite for none.</param>
/// <param name="DelayMs">Propagation delay one way.</param>
public sealed record LinkProfile(string Name, double BitsPerSecond, double DelayMs)
{
    /// <summary>The real link as it is.</summary>
    public static LinkProfile None { get; } = new("none", double.PositiveInfinity, 0);

    /// <summary>3 Gbit/s, 0.15 ms each way.</summary>
    public static LinkProfile Lan { get; } = new("lan", 3e9, 0.15);

    /// <summary>400 Mbit/s, 20 ms each way.</summary>
    public static LinkProfile Wan { get; } = new("wan", 400e6, 20);

    /// <summary>50 Mbit/s, 40 ms each way.</summary>
    public static LinkProfile Mobile { get; } = new("mobile", 50e6, 40);

    /// <summary>All named profiles.</summary>
    public static ImmutableArray<LinkProfile> All { get; } = [None, Lan, Wan, Mobile];

    /// <summary>The profile of that name.</summary>
    /// <exception cref="ParameterException">There is none.</exception>
    public static LinkProfile Named(string name) => All.FirstOrDefault(profile => profile.Name == name)
        ?? throw new ParameterException($"'{name}' is not a link: choose one of {string.Join(", ", All.Select(p => p.Name))}.");
}
