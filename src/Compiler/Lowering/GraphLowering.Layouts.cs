using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>Rearrangements. Axes lose the batch; what would change the batch is refused.</summary>
internal sealed partial class GraphLowering
{
    private int AddLayout(string name, ImmutableArray<int> sources, ImmutableArray<int> shape, LayoutOperation operation, float padding = 0) =>
        _network.Add(name, shape, id => new LayoutLayer(name, sources, operation, id, padding));

    private int Reshape(string name, int x, ImmutableArray<int> shape) =>
        _network[x].Shape.SequenceEqual(shape) ? x : AddLayout(name, [x], shape, new ReshapeLayout());

    private int Transpose(Node node, TransposeOperator transpose)
    {
        int turned = Permute(node.Name, Input(node, 0), _graph.Shapes[node.Inputs[0]], transpose.Permutation.AsSpan());
        return Reshape(node.Name, turned, ShapeOf(node.Output));
    }

    /// <summary>Permutes the axes of a value; axes of size 1 are left out, so that the batch may move freely.</summary>
    private int Permute(string name, int x, ImmutableArray<int> shape, ReadOnlySpan<int> order)
    {
        int[] real = [.. Enumerable.Range(0, shape.Length).Where(axis => shape[axis] != 1)];
        ImmutableArray<int> permutation = [.. order.ToArray().Where(axis => shape[axis] != 1).Select(axis => Array.IndexOf(real, axis))];
        if (permutation.SequenceEqual(Enumerable.Range(0, real.Length))) return x;
        ImmutableArray<int> squeezed = [.. real.Select(axis => shape[axis])];
        return AddLayout(name, [Reshape(name, x, squeezed)], [.. permutation.Select(axis => squeezed[axis])], new TransposeLayout(permutation));
    }

    private int Slice(Node node, SliceOperator slice)
    {
        int first = BatchAxes(node);
        return AddLayout(node.Name, [Shaped(node, 0)], ShapeOf(node.Output), new SliceLayout(slice.Starts[first..], slice.Steps[first..]));
    }

    private int Pad(Node node, PadOperator pad)
    {
        int first = BatchAxes(node);
        if (!float.IsFinite(pad.Value)) throw Refuse(node, "pads with a value that is not finite");
        return AddLayout(node.Name, [Shaped(node, 0)], ShapeOf(node.Output), new PadLayout(pad.Begins[first..], 0), pad.Value);
    }

    private int Gather(Node node, GatherOperator gather)
    {
        ImmutableArray<int> shape = _graph.Shapes[node.Inputs[0]];
        int first = HasBatch(shape) ? 1 : 0;
        if (gather.Axis < first)
            return gather.Indices.Length == 1 ? Reshape(node.Name, Input(node, 0), ShapeOf(node.Output)) : throw Refuse(node, "repeats the batch");
        ImmutableArray<int> gathered = WithoutBatch(shape).SetItem(gather.Axis - first, gather.Indices.Length);
        int result = AddLayout(node.Name, [Shaped(node, 0)], gathered, new GatherLayout(gather.Axis - first, gather.Indices));
        return Reshape(node.Name, result, ShapeOf(node.Output));
    }

    private int Concat(Node node, ConcatOperator concat)
    {
        int first = HasBatch(_graph.Shapes[node.Inputs[0]]) ? 1 : 0;
        if (concat.Axis < first) throw Refuse(node, "joins rows of a batch");
        for (int i = 0; i < node.Inputs.Length; i++)
            if (IsConstant(node, i)) throw Refuse(node, "joins a constant with an activation");
        return AddLayout(node.Name, [.. Enumerable.Range(0, node.Inputs.Length).Select(i => Shaped(node, i))],
            ShapeOf(node.Output), new ConcatLayout(concat.Axis - first));
    }

    /// <summary>Input number <paramref name="index"/> in the shape that the graph gives it.</summary>
    private int Shaped(Node node, int index) => Reshape(node.Name, Input(node, index), ShapeOf(node.Inputs[index]));

    /// <summary>1 where input and output have a batch, 0 where neither has.</summary>
    private int BatchAxes(Node node)
    {
        bool input = HasBatch(_graph.Shapes[node.Inputs[0]]), output = HasBatch(_graph.Shapes[node.Output]);
        return input == output ? input ? 1 : 0 : throw Refuse(node, "changes the batch");
    }
}
