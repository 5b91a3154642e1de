using Blindsight.Training.Layers;

namespace Blindsight.Training.Export;

/// <summary>Writes a region as Slice, as Pad, or, where it has steps and sticks out, as Pad and then Slice.</summary>
internal static class RegionExport
{
    public static void Append(GraphWriter graph, RegionLayer layer, string input, string output)
    {
        RegionAxis[] axes = [layer.Channels, layer.Rows, layer.Columns];
        int[] ins = [layer.InputShape.Channels, layer.InputShape.Height, layer.InputShape.Width];
        int[] outs = [layer.OutputShape.Channels, layer.OutputShape.Height, layer.OutputShape.Width];
        long[] before = [.. axes.Select(axis => (long)Math.Max(0, -axis.Start))];
        long[] after = [.. axes.Select((axis, i) => (long)Math.Max(0, axis.At(outs[i] - 1) + 1 - ins[i]))];
        long[] starts = [.. axes.Select((axis, i) => axis.Start + before[i])];
        long[] ends = [.. axes.Select((axis, i) => axis.At(outs[i] - 1) + 1 + before[i])];
        bool pads = before.Concat(after).Any(pad => pad > 0);
        bool slices = axes.Where((axis, i) => axis.Step != 1 || starts[i] > 0 || ends[i] < ins[i] + before[i] + after[i]).Any();
        string padded = pads && slices ? output + ".padded" : pads ? output : input;
        if (pads) graph.Node("Pad", [input, graph.Constant($"{output}.pads", [0, .. before, 0, .. after])], padded);
        if (slices || !pads)
            graph.Node("Slice",
            [
                padded, graph.Constant($"{output}.starts", starts), graph.Constant($"{output}.ends", ends),
                graph.Constant($"{output}.axes", 1, 2, 3), graph.Constant($"{output}.steps", [.. axes.Select(axis => (long)axis.Step)]),
            ], output);
    }
}
