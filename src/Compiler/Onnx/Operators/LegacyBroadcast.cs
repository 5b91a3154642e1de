using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Onnx;

/// <summary>Before version 7 the second operand was aligned with the first at a stated axis instead of at the end.</summary>
internal static class LegacyBroadcast
{
    /// <summary>The second operand, where needed with dimensions of 1 appended so that NumPy's rule aligns it.</summary>
    public static string Align(OnnxNode node, GraphBuilder graph, string x, string y)
    {
        if (node.Opset >= 7 || !node.Flag("broadcast", false) || !node.HasAttribute("axis")) return y;
        int axis = node.Axis(node.Int("axis", 0), graph.Rank(x));
        int appended = graph.Rank(x) - axis - graph.Rank(y);
        if (appended < 0) throw node.Refuse($"the second operand does not fit the first at axis {axis}");
        ImmutableArray<int> shape = [.. graph.Shape(y), .. Enumerable.Repeat(1, appended)];
        return appended == 0 ? y : graph.Add(node, new ReshapeOperator(), [y], shape);
    }
}
