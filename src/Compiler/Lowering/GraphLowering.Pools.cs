using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>Maxima and means over windows and axes.</summary>
internal sealed partial class GraphLowering
{
    private int MaxPool(Node node, MaxPoolOperator pool)
    {
        PoolGeometry geometry = Window(node, pool.Kernel, pool.Strides, pool.Pads, pool.Dilations);
        int x = Input(node, 0);
        return _network.Add(node.Output, ShapeOf(node.Output), id => new MaxPoolLayer(node.Name, x, geometry, id));
    }

    private int AveragePool(Node node, AveragePoolOperator pool)
    {
        PoolGeometry geometry = Window(node, pool.Kernel, pool.Strides, pool.Pads, pool.Dilations);
        int x = Input(node, 0), spatial = pool.Kernel.Length;
        int bottom = pool.IncludePad && spatial == 2 ? pool.Pads[2] : 0, right = pool.IncludePad ? pool.Pads[^1] : 0;
        int top = pool.IncludePad ? geometry.PadTop : 0, left = pool.IncludePad ? geometry.PadLeft : 0;
        float[] multipliers = new float[geometry.OutHeight * geometry.OutWidth];
        for (int i = 0; i < multipliers.Length; i++)
        {
            int rows = Count(i / geometry.OutWidth * geometry.StrideHeight - geometry.PadTop,
                geometry.KernelHeight, geometry.DilationHeight, -top, geometry.InHeight + bottom);
            int columns = Count(i % geometry.OutWidth * geometry.StrideWidth - geometry.PadLeft,
                geometry.KernelWidth, geometry.DilationWidth, -left, geometry.InWidth + right);
            multipliers[i] = 1f / (rows * columns);
        }
        if (Array.TrueForAll(multipliers, value => value == multipliers[0])) multipliers = [multipliers[0]];
        return AddSum(node, node.Output, ShapeOf(node.Output), x, geometry, multipliers);
    }

    private int Reduce(Node node, ReduceOperator reduce)
    {
        ImmutableArray<int> shape = _graph.Shapes[node.Inputs[0]];
        int[] kept = [.. Enumerable.Range(0, shape.Length).Where(axis => !reduce.Axes.Contains(axis))];
        int[] order = [.. kept, .. reduce.Axes.Order()];
        int turned = Permute(node.Name, Input(node, 0), shape, order);
        int channels = kept.Aggregate(1, (product, axis) => product * shape[axis]);
        int window = FloatTensor.Count(shape) / channels;
        PoolGeometry geometry = new()
        {
            Channels = channels, InHeight = 1, InWidth = window, OutHeight = 1, OutWidth = 1, KernelHeight = 1, KernelWidth = window,
        };
        return reduce.Kind == ReduceKind.Max
            ? _network.Add(node.Output, ShapeOf(node.Output), id => new MaxPoolLayer(node.Name, turned, geometry, id))
            : AddSum(node, node.Output, ShapeOf(node.Output), turned, geometry, [reduce.Kind == ReduceKind.Mean ? 1f / window : 1f]);
    }

    private int ArgMax(Node node, ArgMaxOperator argMax)
    {
        if (argMax.SelectLast) throw Refuse(node, "selects the last of equal elements");
        string source = BeforeMonotone(node.Inputs[0], argMax.Axis);
        ImmutableArray<int> shape = _graph.Shapes[source];
        int x = _ids[source];
        int[] others = [.. Enumerable.Range(0, shape.Length).Where(axis => axis != argMax.Axis)];
        int turned = Permute(node.Name, x, shape, [.. others, argMax.Axis]);
        ImmutableArray<int> rows = WithoutBatch([.. others.Select(axis => shape[axis])]);
        int flat = Reshape(node.Name, turned, [.. rows, shape[argMax.Axis]]);
        return _network.Add(node.Output, rows, id => new ArgMaxLayer(node.Name, flat, id));
    }

    private int AddSum(Node node, string name, ImmutableArray<int> shape, int x, PoolGeometry geometry, float[] multipliers) =>
        _network.Add(name, shape, id => new LinearLayer(
            node.Name, [new SumPoolFloatTerm(x, geometry, multipliers)], new float[geometry.Channels], id));

    private PoolGeometry Window(Node node, ImmutableArray<int> kernel, ImmutableArray<int> strides, ImmutableArray<int> pads, ImmutableArray<int> dilations)
    {
        ImmutableArray<int> input = _graph.Shapes[node.Inputs[0]], output = _graph.Shapes[node.Output];
        RequireOneRow(node);
        int spatial = kernel.Length;
        if (spatial is not (1 or 2) || input.Length != spatial + 2)
            throw Refuse(node, $"has {spatial} spatial axes; one or two are supported");
        return new()
        {
            Channels = input[1],
            InHeight = spatial == 2 ? input[2] : 1, InWidth = input[^1],
            OutHeight = spatial == 2 ? output[2] : 1, OutWidth = output[^1],
            KernelHeight = spatial == 2 ? kernel[0] : 1, KernelWidth = kernel[^1],
            StrideHeight = spatial == 2 ? strides[0] : 1, StrideWidth = strides[^1],
            DilationHeight = spatial == 2 ? dilations[0] : 1, DilationWidth = dilations[^1],
            PadTop = spatial == 2 ? pads[0] : 0, PadLeft = pads[spatial - 1],
        };
    }

    /// <summary>How many of a window's positions lie in [from, to).</summary>
    private static int Count(int start, int kernel, int dilation, int from, int to) =>
        Enumerable.Range(0, kernel).Count(k => start + k * dilation >= from && start + k * dilation < to);
}
