namespace Blindsight.Compiler;

/// <summary>A model that cannot be used; names the node and the operator and says what is supported.</summary>
public sealed class GraphException : Exception
{
    public GraphException(string node, string @operator, string message, Exception? inner = null)
        : base(node.Length == 0 ? message : $"node '{node}' ({@operator}): {message}", inner)
    {
        Node = node;
        Operator = @operator;
        Problem = message;
    }

    /// <summary>The node's name in the model, or empty where the fault is the model's as a whole.</summary>
    public string Node { get; }

    /// <summary>The node's ONNX operator, or empty.</summary>
    public string Operator { get; }

    /// <summary>The message without the place.</summary>
    public string Problem { get; }
}
