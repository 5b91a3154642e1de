using System.Collections.Immutable;

namespace Blindsight.Cli.Benchmarks;

/// <summary>What the repetitions of a measurement came to.</summary>
internal sealed record KernelFigure(string Name, string Unit, double Median, double Minimum, double Maximum, string Path)
{
    /// <summary>Measures a kernel; one figure for each of its metrics.</summary>
    public static ImmutableArray<KernelFigure> Measure(Kernel kernel, int repetitions, CancellationToken cancellation)
    {
        using IRepetitions prepared = kernel.Prepare();
        List<ImmutableArray<double>> values = [];
        for (int i = 0; i < repetitions; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            values.Add(prepared.Next());
        }
        return [.. kernel.Metrics.Select((metric, index) => Of(metric, kernel.Path, [.. values.Select(value => value[index]).Order()]))];
    }

    /// <param name="sorted">At least one value, in ascending order.</param>
    private static KernelFigure Of(Metric metric, string path, double[] sorted)
    {
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new(metric.Name, metric.Unit, median, sorted[0], sorted[^1], path);
    }
}
