using Blindsight.Arithmetic.Randomness;
using Blindsight.Training.Layers;

namespace Blindsight.Training.Networks;

/// <summary>Normal weights of variance 2 / inputs (He et al., 2015), from a seed; offsets keep the values of their layer.</summary>
internal static class WeightInitializer
{
    public static void Fill(Network network, ulong seed)
    {
        for (int index = 0; index < network.Nodes.Count; index++)
        {
            (Parameter? weights, int inputs) = network.Nodes[index].Layer switch
            {
                ConvolutionLayer layer => (layer.Weights, layer.Geometry.FanIn),
                DenseLayer layer => (layer.Weights, layer.InputShape.Elements),
                _ => (null, 0),
            };
            if (weights is null) continue;
            using Prg prg = TrainingSeed.Stream(seed, "weights", (ulong)index);
            double deviation = Math.Sqrt(2.0 / inputs);
            foreach (ref float weight in weights.Values.AsSpan()) weight = (float)(deviation * NormalNumbers.Next(prg));
        }
    }
}
