using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// Removes rearrangements that move nothing: reshapes before layers that see elements alone, transpositions that undo each
/// other, reshapes of reshapes.
/// </summary>
internal static class SimplifyLayouts
{
    public static Network Run(Network network)
    {
        Dictionary<int, Layer> producers = network.Producers();
        foreach (LayoutLayer layout in network.Layers.OfType<LayoutLayer>().Where(layer => layer.Sources.Length == 1))
        {
            int source = layout.Sources[0];
            bool sameShape = network.Values[source].Shape.SequenceEqual(network.Values[layout.Output].Shape);
            if (layout.Operation is not ReshapeLayout)
            {
                if (MovesNothing(network, layout, source)) return network.Replace(layout, layout with { Operation = new ReshapeLayout() });
                if (layout.Operation is TransposeLayout && producers[source] is LayoutLayer { Operation: TransposeLayout } inner
                    && Undoes(network, inner, layout))
                    return network.Replace(layout, layout with { Sources = inner.Sources, Operation = new ReshapeLayout() });
                continue;
            }
            if (sameShape) return network.Replace(layout).Redirect(layout.Output, source);
            if (producers[source] is LayoutLayer { Operation: ReshapeLayout } first)
                return network.Replace(layout, layout with { Sources = first.Sources });
            if (SkipReshape(network, layout, source) is { } skipped) return skipped;
        }
        return network;
    }

    /// <summary>Lets layers and outputs that do not look at shapes read before a reshape.</summary>
    private static Network? SkipReshape(Network network, LayoutLayer reshape, int source)
    {
        static bool SeesShape(Layer layer) => layer is LayoutLayer or ArgMaxLayer or ClampLayer or ActivationLayer;
        bool reader = network.Layers.Any(layer => !SeesShape(layer) && layer.Inputs.Contains(reshape.Output));
        if (!reader && network.Outputs.All(output => output.Value != reshape.Output)) return null;
        return network with
        {
            Layers = [.. network.Layers.Select(layer => !SeesShape(layer) && layer.Inputs.Contains(reshape.Output)
                ? layer.WithInputs(id => id == reshape.Output ? source : id) : layer)],
            Outputs = [.. network.Outputs.Select(output => output.Value == reshape.Output ? output with { Value = source } : output)],
        };
    }

    private static bool MovesNothing(Network network, LayoutLayer layout, int source) =>
        network.Values[source].Elements == network.Values[layout.Output].Elements
        && IsIdentity(LayoutMap.Sources(layout.Operation, [network.Values[source].Shape], network.Values[layout.Output].Shape));

    private static bool Undoes(Network network, LayoutLayer inner, LayoutLayer outer)
    {
        int[] first = LayoutMap.Sources(inner.Operation, [network.Values[inner.Sources[0]].Shape], network.Values[inner.Output].Shape);
        int[] second = LayoutMap.Sources(outer.Operation, [network.Values[inner.Output].Shape], network.Values[outer.Output].Shape);
        return IsIdentity(Array.ConvertAll(second, at => first[at]));
    }

    private static bool IsIdentity(int[] sources)
    {
        for (int i = 0; i < sources.Length; i++)
            if (sources[i] != i) return false;
        return true;
    }
}
