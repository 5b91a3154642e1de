using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Passes;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Passes;

/// <summary>Every pass keeps the function (float equality) and leaves the layers that it promises.</summary>
public class NetworkPassesTests
{
    [Fact]
    public void Batch_normalisation_after_a_convolution_disappears()
    {
        GraphBuilder b = new(1);
        Network network = Simplify(b.Build(b.Relu(b.BatchNormalization(b.Convolution(b.Input(1, 3, 8, 8), 4, 3, pad: 1)))));
        Assert.Equal(["InputLayer", "LinearLayer", "ClampLayer"], Kinds(network));
    }

    [Fact]
    public void Batch_normalisation_after_a_depthwise_convolution_and_a_dense_layer_disappears()
    {
        GraphBuilder b = new(2);
        string x = b.BatchNormalization(b.Convolution(b.Input(1, 4, 6, 6), 4, 3, groups: 4));
        Network network = Simplify(b.Build(b.BatchNormalization(b.Dense(b.Flatten(b.Relu(x)), 5))));
        Assert.Equal(["InputLayer", "LinearLayer", "ClampLayer", "LinearLayer"], Kinds(network));
    }

    [Theory]
    [InlineData(1f, 2f, 0f, 2)]
    [InlineData(1f, -2f, 0.5f, 3)]
    public void A_scale_behind_a_max_pool_goes_before_it_where_it_is_not_negative(float first, float second, float third, int linearLayers)
    {
        GraphBuilder b = new(21);
        string x = b.MaxPool(b.Convolution(b.Input(1, 2, 9, 9), 3, 3, pad: 1), 3, stride: 2);
        x = b.Binary(BinaryKind.Add, b.Binary(BinaryKind.Mul, x, b.Constant([1, 3, 1, 1], [first, second, third])), b.Constant([1, 3, 1, 1]));
        Network network = Simplify(b.Build(b.Dense(b.Flatten(b.Relu(x)), 2)));
        Assert.Equal(linearLayers, network.Layers.OfType<LinearLayer>().Count());
    }

    [Fact]
    public void Batch_normalisation_before_a_padded_convolution_stands_alone_and_before_an_unpadded_one_does_not()
    {
        GraphBuilder padded = new(3), plain = new(3);
        Assert.Equal(3, Simplify(padded.Build(padded.Convolution(padded.BatchNormalization(padded.Input(1, 2, 5, 5)), 3, 3, pad: 1))).Layers.Length);
        Assert.Equal(2, Simplify(plain.Build(plain.Convolution(plain.BatchNormalization(plain.Input(1, 2, 5, 5)), 3, 3, groups: 1))).Layers.Length);
    }

    [Fact]
    public void Batch_normalisation_between_activations_is_one_diagonal_layer()
    {
        GraphBuilder b = new(4);
        Network network = Simplify(b.Build(b.Relu(b.BatchNormalization(b.Relu(b.Input(1, 3, 4, 4))))));
        LinearLayer linear = Assert.Single(network.Layers.OfType<LinearLayer>());
        Assert.True(linear.IsAffine);
    }

    [Fact]
    public void Preprocessing_inside_the_graph_folds_into_a_dense_layer()
    {
        GraphBuilder b = new(5);
        string x = b.Input(1, 1, 4, 4);
        x = b.Binary(BinaryKind.Sub, x, b.Constant([1, 1, 4, 4]));
        x = b.Binary(BinaryKind.Div, x, b.Constant([], [0.25f]));
        x = b.Add(new UnaryOperator(UnaryKind.Negate), b.Shape(x), x);
        Assert.Equal(["InputLayer", "LinearLayer"], Kinds(Simplify(b.Build(b.Dense(b.Flatten(x), 3)))));
    }

    [Fact]
    public void Residual_additions_share_the_accumulator_of_both_branches()
    {
        GraphBuilder b = new(6);
        string x = b.Relu(b.Convolution(b.Input(1, 3, 8, 8), 4, 3, pad: 1));
        string left = b.BatchNormalization(b.Convolution(x, 4, 3, pad: 1)), right = b.Convolution(x, 4, 1);
        string y = b.Relu(b.Binary(BinaryKind.Add, left, right));
        string z = b.Relu(b.Binary(BinaryKind.Sub, y, b.Convolution(y, 4, 3, pad: 1)));
        Network network = Simplify(b.Build(z));
        LinearLayer[] linear = [.. network.Layers.OfType<LinearLayer>()];
        Assert.Equal([1, 2, 2], linear.Select(layer => layer.Terms.Length));
        Assert.IsType<IdentityFloatTerm>(linear[2].Terms[0]);
    }

    [Fact]
    public void A_convolution_with_two_readers_keeps_its_own_layer()
    {
        GraphBuilder b = new(7);
        string x = b.Convolution(b.Input(1, 3, 4, 4), 3, 1);
        Network network = Simplify(b.Build(b.Binary(BinaryKind.Add, x, b.Relu(x))));
        Assert.Equal(["InputLayer", "LinearLayer", "ClampLayer", "LinearLayer"], Kinds(network));
    }

    [Fact]
    public void Pooling_comes_before_relu_and_relu_after_concatenation()
    {
        GraphBuilder b = new(8);
        string x = b.Input(1, 3, 8, 8);
        string a = b.Relu(b.Convolution(x, 2, 1)), c = b.Relu(b.Convolution(x, 3, 3, pad: 1));
        string joined = b.Add(new ConcatOperator(1), [1, 5, 8, 8], a, c);
        Network network = Simplify(b.Build(b.MaxPool(joined, 2, 2)));
        Assert.Equal(["InputLayer", "LinearLayer", "LinearLayer", "LayoutLayer", "MaxPoolLayer", "ClampLayer"], Kinds(network));
    }

    [Fact]
    public void An_average_before_convolutions_leaves_the_division_to_them()
    {
        GraphBuilder b = new(9);
        string x = b.AveragePool(b.Relu(b.Convolution(b.Input(1, 3, 8, 8), 4, 3, pad: 1)), 2);
        Network network = Simplify(b.Build(b.Convolution(x, 2, 3), b.Convolution(x, 3, 1)));
        Assert.Single(network.Layers.OfType<LinearLayer>(), layer => layer.IsPlainSum);
    }

    [Fact]
    public void A_bias_behind_a_transposition_folds_into_the_convolution()
    {
        GraphBuilder b = new(10);
        string x = b.Add(new TransposeOperator([0, 3, 1, 2]), [1, 3, 5, 6], b.Input(1, 5, 6, 3));
        string y = b.Add(new TransposeOperator([0, 2, 3, 1]), [1, 5, 6, 4], b.Convolution(x, 4, 1));
        string z = b.Relu(b.Binary(BinaryKind.Add, y, b.Constant([4])));
        Network network = Simplify(b.Build(z));
        Assert.Single(network.Layers.OfType<LinearLayer>());
    }

    [Fact]
    public void Transpositions_that_undo_each_other_disappear()
    {
        GraphBuilder b = new(11);
        string x = b.Add(new TransposeOperator([0, 2, 3, 1]), [1, 5, 6, 3], b.Input(1, 3, 5, 6));
        x = b.Add(new TransposeOperator([0, 3, 1, 2]), [1, 3, 5, 6], x);
        Assert.Equal(["InputLayer", "LinearLayer"], Kinds(Simplify(b.Build(b.Convolution(x, 2, 3)))));
    }

    [Fact]
    public void Rows_of_tokens_are_multiplied_and_biased_in_one_layer()
    {
        GraphBuilder b = new(12);
        string x = b.Add(new MatMulOperator(), [1, 7, 5], b.Input(1, 7, 3), b.Constant([3, 5]));
        Network network = Simplify(b.Build(b.Relu(b.Binary(BinaryKind.Add, x, b.Constant([5])))));
        Assert.Single(network.Layers.OfType<LinearLayer>());
    }

    [Fact]
    public void Dead_layers_disappear_and_inputs_stay()
    {
        GraphBuilder b = new(13);
        string x = b.Input(1, 4);
        b.Input(1, 2);
        b.Dense(x, 9);
        Assert.Equal(["InputLayer", "InputLayer", "LinearLayer"], Kinds(Simplify(b.Build(b.Dense(x, 3)))));
    }

    [Fact]
    public void Leaky_relu_is_a_clamp_and_a_layer_over_both()
    {
        GraphBuilder b = new(14);
        string x = b.Convolution(b.Input(1, 3, 4, 4), 3, 1);
        x = b.Add(new PReluOperator(), b.Shape(x), x, b.Constant([3, 1, 1], 0, 0.5f));
        Network network = Simplify(b.Build(b.Add(new LeakyReluOperator(0.1f), b.Shape(x), x)));
        Assert.Equal(["InputLayer", "LinearLayer", "ClampLayer", "LinearLayer", "ClampLayer", "LinearLayer"], Kinds(network));
    }

    /// <summary>Runs all passes and checks that outputs stay equal up to rounding.</summary>
    internal static Network Simplify(Graph graph)
    {
        Network before = GraphLowering.Lower(graph, labelOnly: false), after = NetworkPasses.Run(before);
        for (int seed = 0; seed < 3; seed++)
        {
            FloatTensor[] inputs = GraphBuilder.RandomInputs(graph, seed);
            float[][] expected = NetworkExecutor.Run(before, inputs), actual = NetworkExecutor.Run(after, inputs);
            for (int o = 0; o < expected.Length; o++)
                for (int i = 0; i < expected[o].Length; i++)
                    Assert.InRange(actual[o][i] - expected[o][i], -1e-4f, 1e-4f);
        }
        return after;
    }

    private static string[] Kinds(Network network) => [.. network.Layers.Select(layer => layer.GetType().Name)];
}
