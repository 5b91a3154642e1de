using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Networks;

/// <summary>Pooling windows, and reductions over rows and columns, which are windows as large as the image.</summary>
internal static class WindowImport
{
    public static void MaxPool(NetworkImport import, Node node, MaxPoolOperator pool) =>
        import.Append(node, new MaxPoolLayer(Geometry(import, node, pool.Kernel, pool.Strides, pool.Pads, pool.Dilations)), import.Value(node, 0));

    public static void AveragePool(NetworkImport import, Node node, AveragePoolOperator pool)
    {
        PoolGeometry geometry = Geometry(import, node, pool.Kernel, pool.Strides, pool.Pads, pool.Dilations);
        bool includePad = pool.IncludePad && pool.Pads.Any(pad => pad != 0);
        if (includePad && (geometry.EndPadHeight > pool.Pads[2] || geometry.EndPadWidth > pool.Pads[3]))
            throw NetworkImport.Refuse(node, "counts padding in windows that stick out of it, which the trainer has no layer for");
        import.Append(node, new AveragePoolLayer(geometry, includePad), import.Value(node, 0));
    }

    public static void Reduce(NetworkImport import, Node node, ReduceOperator reduce)
    {
        FeatureShape image = import.ShapeOf(node, node.Inputs[0]);
        if (image.IsVector || reduce.Axes.Any(axis => axis < 2) || reduce.Kind == ReduceKind.Sum)
            throw NetworkImport.Refuse(node, "only means and maxima over rows and columns can be trained");
        int height = reduce.Axes.Contains(2) ? image.Height : 1, width = reduce.Axes.Contains(3) ? image.Width : 1;
        PoolGeometry geometry = new()
        {
            Channels = image.Channels, InHeight = image.Height, InWidth = image.Width,
            OutHeight = image.Height / height, OutWidth = image.Width / width,
            KernelHeight = height, KernelWidth = width, StrideHeight = height, StrideWidth = width,
        };
        import.Append(
            node, reduce.Kind == ReduceKind.Max ? new MaxPoolLayer(geometry) : new AveragePoolLayer(geometry), import.Value(node, 0));
    }

    private static PoolGeometry Geometry(
        NetworkImport import, Node node, ImmutableArray<int> kernel, ImmutableArray<int> strides, ImmutableArray<int> pads,
        ImmutableArray<int> dilations)
    {
        if (kernel.Length != 2) throw NetworkImport.Refuse(node, $"pools {kernel.Length} axes, 2 can be trained");
        FeatureShape image = import.ShapeOf(node, node.Inputs[0]), output = import.ShapeOf(node, node.Output);
        return new PoolGeometry
        {
            Channels = image.Channels, InHeight = image.Height, InWidth = image.Width,
            OutHeight = output.Height, OutWidth = output.Width, KernelHeight = kernel[0], KernelWidth = kernel[1],
            StrideHeight = strides[0], StrideWidth = strides[1], DilationHeight = dilations[0], DilationWidth = dilations[1],
            PadTop = pads[0], PadLeft = pads[1],
        };
    }
}
