using Blindsight.Compiler.Graphs;
using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>Parts of values, values with a border, and values side by side.</summary>
internal static class RegionImport
{
    public static void Concat(NetworkImport import, Node node, ConcatOperator concat)
    {
        if (concat.Axis != 1) throw NetworkImport.Refuse(node, $"joins values along axis {concat.Axis}; channels, axis 1, can be trained");
        int[] inputs = [.. Enumerable.Range(0, node.Inputs.Length).Select(index => import.Value(node, index))];
        import.Append(node, new ConcatenationLayer([.. inputs.Select(import.Builder.ShapeOf)]), inputs);
    }

    public static void Slice(NetworkImport import, Node node, SliceOperator slice)
    {
        if (slice.Steps.Any(step => step < 1)) throw NetworkImport.Refuse(node, "runs backwards, which the trainer has no layer for");
        Append(import, node, axis => new RegionAxis(slice.Starts[axis], slice.Steps[axis]), slice.Starts.Length);
    }

    public static void Pad(NetworkImport import, Node node, PadOperator pad)
    {
        if (pad.Value != 0) throw NetworkImport.Refuse(node, $"pads with {pad.Value}; zeros can be trained");
        Append(import, node, axis => new RegionAxis(-pad.Begins[axis], 1), pad.Begins.Length);
    }

    private static void Append(NetworkImport import, Node node, Func<int, RegionAxis> axisOf, int rank)
    {
        int value = import.Value(node, 0);
        if (import.Builder.ShapeOf(value).IsVector) throw NetworkImport.Refuse(node, "takes apart a vector; images can be trained");
        RegionAxis[] axes = [.. Enumerable.Range(1, 3).Select(axis => axis < rank ? axisOf(axis) : new RegionAxis(0, 1))];
        FeatureShape output = import.ShapeOf(node, node.Output);
        import.Append(node, new RegionLayer(import.Builder.ShapeOf(value), output, axes[0], axes[1], axes[2]), value);
    }
}
