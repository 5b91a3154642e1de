using Blindsight.Training.Activations;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;
using Blindsight.Unit.Training.Layers;

namespace Blindsight.Unit.Training.Activations;

public sealed class ChannelActivationLayerTests
{
    private static readonly FeatureShape Shape = new(6, 3, 3);

    [Theory]
    [InlineData(nameof(ActivationSource.Normalised), 0f)]
    [InlineData(nameof(ActivationSource.Normalised), 0.3f)]
    [InlineData(nameof(ActivationSource.Other), 0.3f)]
    public void Gradients_agree_with_differences(string source, float progress)
    {
        ChannelActivationLayer layer = Mixed(Enum.Parse<ActivationSource>(source));
        layer.Progress(progress);
        GradientCheck.Run(Behind(layer), difference: 1e-3f, frozen: Frozen(layer.Source));
    }

    [Fact]
    public void Each_channel_has_its_own_function()
    {
        ChannelActivationLayer layer = Mixed(ActivationSource.Normalised);
        BatchTensor input = new(Shape, 1, needsGradients: false), output = new(Shape, 1, needsGradients: false);
        GradientCheck.Spread(input.Values.Length, "activation").CopyTo(input.Values, 0);
        layer.Forward(new Pass(new BatchSlices(1), 1, IsTraining: false), [input], output);
        for (int i = 0; i < input.Values.Length; i++)
        {
            double x = input.Values[i];
            ReadOnlySpan<float> c = layer.CoefficientsOf(i / 9);
            double expected = layer.Kinds[i / 9] == ActivationKind.Exact ? Math.Clamp(x, 0, 0.6) : c[0] + x * (c[1] + x * (c[2] + x * c[3]));
            Assert.Equal(expected, output.Values[i], 1e-5);
        }
    }

    [Fact]
    public void A_transition_starts_at_the_exact_function_and_ends_at_the_polynomial()
    {
        ChannelActivationLayer layer = Mixed(ActivationSource.Normalised);
        Assert.Equal(Math.Clamp(0.25, 0, 0.6), At(0), 1e-6);
        Assert.Equal(-0.1 + 0.8 * 0.25, At(1), 1e-6);
        Assert.Equal((Math.Clamp(0.25, 0, 0.6) + -0.1 + 0.8 * 0.25) / 2, At(0.25f), 1e-6);

        float At(float progress)
        {
            layer.Progress(progress);
            BatchTensor input = new(Shape, 1, needsGradients: false), output = new(Shape, 1, needsGradients: false);
            Array.Fill(input.Values, 0.25f);
            layer.Forward(new Pass(new BatchSlices(1), 1, IsTraining: true), [input], output);
            return output.Values[9];
        }
    }

    [Fact]
    public void The_range_penalty_pushes_inputs_of_squares_back_into_range()
    {
        ChannelActivationLayer layer = Mixed(ActivationSource.Normalised);
        layer.RangePenalty = 5;
        BatchTensor input = new(Shape, 1, needsGradients: true), output = new(Shape, 1, needsGradients: true);
        Array.Fill(input.Values, 3f);
        Pass pass = new(new BatchSlices(1), 1, IsTraining: true);
        layer.Forward(pass, [input], output);
        layer.Backward(pass, [input], output);
        Assert.Equal(2 * 5f / Shape.Elements * (3 - 1.5f), input.Gradients[2 * 9], 1e-5);
        Assert.Equal(0, input.Gradients[9]);
    }

    /// <summary>A constant, a linear channel, a square, a cube, an exact channel, and a linear one that was replaced before.</summary>
    private static ChannelActivationLayer Mixed(ActivationSource source)
    {
        ChannelActivationLayer layer = new(Shape, 0, 0.6f, source);
        layer.Replace(5, ActivationKind.Linear, [0.2f, 1, 0, 0], 1);
        layer.Settle();
        layer.Replace(0, ActivationKind.Constant, [0.4f, 0, 0, 0], 1);
        layer.Replace(1, ActivationKind.Linear, [-0.1f, 0.8f, 0, 0], 1);
        layer.Replace(2, ActivationKind.Square, [0.05f, 0.5f, 0.25f, 0], 1.5f);
        layer.Replace(3, ActivationKind.Cubic, [0.05f, 0.5f, 0.2f, -0.1f], 1.5f);
        layer.Replace(5, ActivationKind.Linear, [0.2f, 1, 0, 0], 1);
        layer.Progress(1);
        return layer;
    }

    /// <summary>Coefficients that are not trained, by index.</summary>
    private static Func<string, int, bool> Frozen(ActivationSource source) => (name, index) => name == "coefficients" && (index / 4, index % 4) switch
    {
        (0, 0) => false,
        (1 or 5, 0) => false,
        (1 or 5, 1) => source != ActivationSource.Normalised,
        (2, 0 or 1) => false,
        (3, _) => false,
        _ => true,
    };

    private static Network Behind(ChannelActivationLayer layer)
    {
        NetworkBuilder builder = new(new FeatureShape(2, 3, 3));
        builder.Convolution(6, kernel: 1);
        NetworkNode[] nodes = [builder.Build(3).Nodes[0], new NetworkNode(layer, [1])];
        return new Network(new FeatureShape(2, 3, 3), nodes);
    }
}
