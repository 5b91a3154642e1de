using System.Collections.Immutable;

namespace Blindsight.Compiler.Graphs;

/// <summary>
/// A typed network: nodes in topological order over named values, every shape known. The batch dimension, where the
/// model leaves it open, is 1. Shape arithmetic, casts and inference-time identities are gone; every value is a float tensor.
/// Immutable: a pass returns a new graph.
/// </summary>
public sealed record Graph
{
    public required string Name { get; init; }
    public required ImmutableArray<string> Inputs { get; init; }
    public required ImmutableArray<string> Outputs { get; init; }
    public required ImmutableArray<Node> Nodes { get; init; }

    /// <summary>Values that are known: weights and folded constants.</summary>
    public required ImmutableDictionary<string, FloatTensor> Constants { get; init; }

    /// <summary>The shape of every value, batch included.</summary>
    public required ImmutableDictionary<string, ImmutableArray<int>> Shapes { get; init; }
}

/// <summary>One operation with one output.</summary>
/// <param name="Name">The ONNX node's name (made up from its output where it has none), for errors and reports.</param>
/// <param name="OnnxOperator">The ONNX operator that the node came from.</param>
/// <param name="Inputs">Names of values; constants are inputs like any other.</param>
public sealed record Node(
    string Name, string OnnxOperator, Operator Operator, ImmutableArray<string> Inputs, string Output);
