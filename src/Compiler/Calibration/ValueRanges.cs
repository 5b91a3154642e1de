using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Reference;

namespace Blindsight.Compiler.Calibration;

/// <summary>What calibration samples showed of one value.</summary>
/// <param name="Largest">Largest magnitude of an element.</param>
/// <param name="RootMeanSquare">Over all elements of all samples.</param>
internal readonly record struct ValueRange(double Largest, double RootMeanSquare);

/// <summary>Measures every value of a network on samples.</summary>
internal static class ValueRanges
{
    /// <exception cref="GraphException">A value is not finite on some sample.</exception>
    public static Dictionary<int, ValueRange> Measure(
        Network network, IReadOnlyList<FloatTensor[]> samples, IProgress<CompileProgress>? progress)
    {
        Dictionary<int, (double Largest, double MeanSquare)>[] measured = new Dictionary<int, (double, double)>[samples.Count];
        int done = 0;
        Parallel.For(0, samples.Count, i =>
        {
            Dictionary<int, (double, double)> local = measured[i] = [];
            NetworkExecutor.Run(network, samples[i], (id, elements) => local[id] = Summarise(elements));
            progress?.Report(new("calibrating", Interlocked.Increment(ref done), samples.Count));
        });
        return network.Values.Keys.ToDictionary(id => id, id => Combine(network, id, measured));
    }

    /// <summary>In the samples' order, so that the result does not depend on threads.</summary>
    private static ValueRange Combine(Network network, int id, Dictionary<int, (double Largest, double MeanSquare)>[] measured)
    {
        double largest = measured.Max(sample => sample[id].Largest), meanSquare = measured.Average(sample => sample[id].MeanSquare);
        if (!double.IsFinite(largest) || !double.IsFinite(meanSquare))
            throw new GraphException("", "", $"value '{network.Values[id].Name}' is not finite on a calibration sample");
        return new(largest, Math.Sqrt(meanSquare));
    }

    private static (double Largest, double MeanSquare) Summarise(float[] elements)
    {
        double largest = 0, squares = 0;
        foreach (float element in elements)
        {
            largest = Math.Max(largest, Math.Abs((double)element));
            squares += (double)element * element;
        }
        return (largest, squares / Math.Max(1, elements.Length));
    }
}
