using System.Collections.Immutable;

namespace Blindsight.Cli.Benchmarks;

/// <summary>One figure that a kernel's measurement yields.</summary>
/// <param name="Unit">A rate, where more is better, or a time for each element, where less is.</param>
internal sealed record Metric(string Name, string Unit);

/// <summary>Something whose speed is measured.</summary>
/// <param name="Metrics">What a repetition yields, in order.</param>
/// <param name="Path">The instruction set that the kernel takes on this machine.</param>
/// <param name="Prepare">Allocates, fills and warms up.</param>
internal sealed record Kernel(ImmutableArray<Metric> Metrics, string Path, Func<IRepetitions> Prepare)
{
    /// <summary>A kernel that yields the rate at which <paramref name="create"/>'s work is done.</summary>
    public static Kernel Rate(string name, string unit, string path, Func<Work> create) =>
        new([new Metric(name, unit)], path, () => new TimedWork(create()));
}

/// <summary>A prepared kernel.</summary>
internal interface IRepetitions : IDisposable
{
    /// <summary>Measures once: one value for each metric.</summary>
    ImmutableArray<double> Next();
}

/// <summary>A piece of work that may be repeated at will.</summary>
/// <param name="Units">How much a call does, in the metric's unit without its "per second".</param>
/// <param name="Resources">Disposed of at the end.</param>
internal sealed record Work(double Units, Action Call, params IDisposable[] Resources);
