using System.Collections.Immutable;
using Blindsight.Arithmetic.Matrices;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Convolution in floats over any number of spatial axes: patches become a matrix that the weights multiply.</summary>
internal static class FloatConvolution
{
    /// <summary>Elements of the patches that are held at once, unless a single position has more.</summary>
    private const int TileElements = 1 << 18;

    public static void Run(ConvolutionOperator convolution, FloatTensor[] inputs, ImmutableArray<int> shape, float[] y)
    {
        FloatTensor x = inputs[0], weights = inputs[1];
        int groups = convolution.Groups, channels = x.Shape[1] / groups, outChannels = shape[1] / groups;
        ImmutableArray<int> image = x.Shape[2..], output = shape[2..], kernel = weights.Shape[2..];
        int size = FloatTensor.Count(image), positions = FloatTensor.Count(output), fanIn = channels * FloatTensor.Count(kernel);
        Patches patches = new(convolution, image, output, kernel);
        int tile = Math.Clamp(TileElements / Math.Max(1, fanIn), 1, positions);
        float[] matrix = new float[fanIn * tile], sums = new float[outChannels * tile];
        for (int group = 0; group < shape[0] * groups; group++)
        {
            ReadOnlySpan<float> source = x.Data.AsSpan(group * channels * size, channels * size);
            ReadOnlySpan<float> rows = weights.Data.AsSpan(group % groups * outChannels * fanIn, outChannels * fanIn);
            Span<float> target = y.AsSpan(group * outChannels * positions, outChannels * positions);
            for (int first = 0; first < positions; first += tile)
            {
                int count = Math.Min(tile, positions - first);
                patches.Gather(source, first, count, matrix);
                FloatMatrix.Multiply(outChannels, count, fanIn, rows, matrix, sums);
                for (int channel = 0; channel < outChannels; channel++)
                    sums.AsSpan(channel * count, count).CopyTo(target[(channel * positions + first)..]);
            }
            if (inputs.Length == 3) AddBias(inputs[2].Data.AsSpan(group % groups * outChannels, outChannels), target);
        }
    }

    private static void AddBias(ReadOnlySpan<float> bias, Span<float> target)
    {
        int positions = target.Length / bias.Length;
        for (int channel = 0; channel < bias.Length; channel++)
            foreach (ref float element in target.Slice(channel * positions, positions)) element += bias[channel];
    }
}
