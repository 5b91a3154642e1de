using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Onnx;

/// <summary>Convolution and pooling.</summary>
internal static class WindowOperators
{
    public static void Convolution(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 3);
        string x = graph.Input(node, 0), weights = graph.Input(node, 1);
        ImmutableArray<int> image = graph.Shape(x), kernel = graph.Shape(weights);
        if (image.Length < 3 || kernel.Length != image.Length)
            throw node.Refuse($"weights of shape {Shapes.Text(kernel)} do not fit images of shape {Shapes.Text(image)}");
        int groups = node.Size(node.Int("group", 1), "group", 1);
        if ((long)kernel[1] * groups != image[1] || kernel[0] % groups != 0)
            throw node.Refuse($"weights of shape {Shapes.Text(kernel)} in {groups} groups do not fit images of shape {Shapes.Text(image)}");
        Window window = Window.Read(node, image, kernel[2..]);
        ImmutableArray<string> inputs = [x, weights];
        if (node.HasInput(2))
        {
            inputs = [x, weights, graph.Input(node, 2)];
            if (!graph.Shape(inputs[2]).SequenceEqual([kernel[0]]))
                throw node.Refuse($"a bias of shape {Shapes.Text(graph.Shape(inputs[2]))} does not fit {kernel[0]} channels");
        }
        graph.Finish(node, new ConvolutionOperator(window.Strides, window.Pads, window.Dilations, groups), inputs,
            [image[0], kernel[0], .. window.Outputs]);
    }

    /// <summary>Maximum pooling; the positions of the maxima are not supported.</summary>
    public static void MaxPool(OnnxNode node, GraphBuilder graph)
    {
        Window window = Pool(node, graph, out string x);
        graph.Absent(node, 1);
        graph.Finish(node, new MaxPoolOperator(window.Kernel, window.Strides, window.Pads, window.Dilations), [x],
            [.. graph.Shape(x)[..2], .. window.Outputs]);
    }

    public static void AveragePool(OnnxNode node, GraphBuilder graph)
    {
        Window window = Pool(node, graph, out string x);
        bool includePad = node.Flag("count_include_pad", false);
        graph.Finish(node, new AveragePoolOperator(window.Kernel, window.Strides, window.Pads, window.Dilations, includePad), [x],
            [.. graph.Shape(x)[..2], .. window.Outputs]);
    }

    private static Window Pool(OnnxNode node, GraphBuilder graph, out string x)
    {
        node.Expect(1, 1);
        x = graph.Input(node, 0);
        ImmutableArray<int> image = graph.Shape(x);
        if (image.Length < 3) throw node.Refuse($"pools images of shape {Shapes.Text(image)}; a batch, channels and at least one more are needed");
        if (!node.HasAttribute("kernel_shape")) throw node.Refuse("'kernel_shape' is missing");
        ImmutableArray<int> kernel = node.Sizes("kernel_shape", image.Length - 2, 1, 1);
        return Window.Read(node, image, kernel);
    }
}
