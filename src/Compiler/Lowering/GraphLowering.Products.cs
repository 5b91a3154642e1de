using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>Convolutions and matrix products.</summary>
internal sealed partial class GraphLowering
{
    private int Convolution(Node node, ConvolutionOperator convolution)
    {
        ImmutableArray<int> input = _graph.Shapes[node.Inputs[0]], output = _graph.Shapes[node.Output];
        FloatTensor weights = Constant(node, 1);
        RequireOneRow(node);
        int spatial = input.Length - 2;
        if (spatial is not (1 or 2)) throw Refuse(node, $"has {spatial} spatial axes; one or two are supported");
        int last = spatial - 1;
        ConvolutionGeometry geometry = new()
        {
            InChannels = input[1], OutChannels = output[1], Groups = convolution.Groups,
            InHeight = spatial == 2 ? input[2] : 1, InWidth = input[^1],
            KernelHeight = spatial == 2 ? weights.Shape[2] : 1, KernelWidth = weights.Shape[^1],
            StrideHeight = spatial == 2 ? convolution.Strides[0] : 1, StrideWidth = convolution.Strides[last],
            DilationHeight = spatial == 2 ? convolution.Dilations[0] : 1, DilationWidth = convolution.Dilations[last],
            PadTop = spatial == 2 ? convolution.Pads[0] : 0, PadLeft = convolution.Pads[last],
            PadBottom = spatial == 2 ? convolution.Pads[2] : 0, PadRight = convolution.Pads[spatial + last],
        };
        if (geometry.OutElements != FloatTensor.Count(output) || geometry.WeightElements != weights.Data.Length)
            throw Refuse(node, "has weights or an output of another size than its attributes say");
        float[] bias = node.Inputs.Length > 2 && node.Inputs[2].Length > 0 ? Constant(node, 2).Data : new float[output[1]];
        int x = Input(node, 0);
        return _network.Add(node.Output, ShapeOf(node.Output),
            id => new LinearLayer(node.Name, [new ConvolutionFloatTerm(x, geometry, weights.Data)], bias, id));
    }

    private int MatMul(Node node)
    {
        if (IsConstant(node, 0)) return LeftProduct(node, Constant(node, 0), Input(node, 1));
        FloatTensor weights = Constant(node, 1);
        int x = Input(node, 0);
        ImmutableArray<int> shape = _graph.Shapes[node.Inputs[0]], output = ShapeOf(node.Output);
        (int inner, int columns) = Matrix(node, weights, vectorIsColumn: true);
        int rows = _network[x].Elements / inner;
        float[] transposed = new float[weights.Data.Length];
        for (int k = 0; k < inner; k++)
            for (int n = 0; n < columns; n++) transposed[n * inner + k] = weights.Data[k * columns + n];
        if (shape[^1] != inner) throw Refuse(node, $"multiplies rows of {shape[^1]} with a matrix of {inner} rows");
        if (rows == 1) return Product(node, x, output, inner, 1, columns, transposed);
        int flat = AddLayout(node.Name, [x], [rows, inner], new ReshapeLayout());
        int turned = AddLayout(node.Name, [flat], [inner, rows], new TransposeLayout([1, 0]));
        int product = Product(node, turned, [columns, rows], inner, rows, columns, transposed);
        int back = AddLayout(node.Name, [product], [rows, columns], new TransposeLayout([1, 0]));
        return Reshape(node.Name, back, output);
    }

    private int LeftProduct(Node node, FloatTensor weights, int x)
    {
        ImmutableArray<int> shape = _graph.Shapes[node.Inputs[1]];
        (int rows, int inner) = Matrix(node, weights, vectorIsColumn: false);
        int elements = _network[x].Elements;
        if (elements != inner * (elements / inner) || shape.Length > 1 && shape[^2] != inner || shape.Length > 2 && shape[..^2].Any(size => size != 1))
            throw Refuse(node, "multiplies a batch of matrices from the left");
        return Product(node, x, ShapeOf(node.Output), inner, elements / inner, rows, weights.Data);
    }

    private int Product(Node node, int x, ImmutableArray<int> shape, int inner, int positions, int channels, float[] weights)
    {
        ConvolutionGeometry geometry = new() { InChannels = inner, InHeight = 1, InWidth = positions, OutChannels = channels };
        return _network.Add(node.Output, shape,
            id => new LinearLayer(node.Name, [new ConvolutionFloatTerm(x, geometry, weights)], new float[channels], id));
    }

    private static (int Rows, int Columns) Matrix(Node node, FloatTensor weights, bool vectorIsColumn)
    {
        ImmutableArray<int> shape = weights.Shape;
        if (shape.Length == 1) return vectorIsColumn ? (shape[0], 1) : (1, shape[0]);
        if (shape.Length == 0 || shape[..^2].Any(size => size != 1)) throw Refuse(node, "multiplies with a batch of matrices");
        return (shape[^2], shape[^1]);
    }
}
