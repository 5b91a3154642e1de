using System.Collections.Immutable;
using Blindsight.Arithmetic.Matrices;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Convolution in floats over any number of spatial axes: patches become a matrix that the weights multiply.</summary>
internal static class FloatConvolution
{
    public static void Run(ConvolutionOperator convolution, FloatTensor[] inputs, ImmutableArray<int> shape, float[] y)
    {
        FloatTensor x = inputs[0], weights = inputs[1];
        int groups = convolution.Groups, channels = x.Shape[1] / groups, outChannels = shape[1] / groups;
        ImmutableArray<int> image = x.Shape[2..], output = shape[2..], kernel = weights.Shape[2..];
        int size = FloatTensor.Count(image), positions = FloatTensor.Count(output), fanIn = channels * FloatTensor.Count(kernel);
        Patches patches = new(convolution, image, output, kernel);
        float[] matrix = new float[fanIn * positions];
        for (int group = 0; group < shape[0] * groups; group++)
        {
            patches.Gather(x.Data.AsSpan(group * channels * size, channels * size), matrix);
            Span<float> target = y.AsSpan(group * outChannels * positions, outChannels * positions);
            if (inputs.Length == 3) Fill(inputs[2].Data.AsSpan(group % groups * outChannels, outChannels), target);
            ReadOnlySpan<float> rows = weights.Data.AsSpan(group % groups * outChannels * fanIn, outChannels * fanIn);
            FloatMatrix.Multiply(outChannels, positions, fanIn, rows, matrix, target, accumulate: true);
        }
    }

    private static void Fill(ReadOnlySpan<float> bias, Span<float> target)
    {
        int positions = target.Length / bias.Length;
        for (int channel = 0; channel < bias.Length; channel++) target.Slice(channel * positions, positions).Fill(bias[channel]);
    }
}
