using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>The ends of a graph: what is opened, and what the client then does by itself.</summary>
internal sealed partial class GraphLowering
{
    /// <summary>The value to open for an output, and the last node if that is the client's own work.</summary>
    private (string Value, Node? Last) FindEnd(string output)
    {
        string at = output;
        while (_producers.TryGetValue(at, out Node? node))
        {
            if (IsClientWork(node)) return (node.Inputs[0], node);
            if (node.Operator is not ReshapeOperator) break;
            at = node.Inputs[0];
        }
        return (output, null);
    }

    private static bool IsClientWork(Node node) =>
        node.Operator is SoftmaxOperator or UnaryOperator { Kind: UnaryKind.Sigmoid or UnaryKind.Tanh };

    /// <summary>The value before functions that do not change which element along the axis is the largest.</summary>
    private string BeforeMonotone(string name, int axis)
    {
        while (_producers.TryGetValue(name, out Node? node) && IsClientWork(node)
            && (node.Operator is not SoftmaxOperator softmax || SoftmaxCovers(softmax, _graph.Shapes[name], axis)))
            name = node.Inputs[0];
        return name;
    }

    private static bool SoftmaxCovers(SoftmaxOperator softmax, ImmutableArray<int> shape, int axis) =>
        softmax.Flatten ? axis >= softmax.Axis : axis == softmax.Axis;

    private NetworkOutput LowerOutput(string name, bool labelOnly)
    {
        (string value, Node? last) = FindEnd(name);
        if (!_ids.TryGetValue(value, out int id)) throw new GraphException("", "", $"output '{name}' is a constant");
        PlanPort port = new(name, ShapeOf(name));
        if (labelOnly) return Label(port, id, IsLabel(value));
        return new(port, id, last is null ? new(PostOperationKind.None) : PostOperation(last, port.Shape));
    }

    private bool IsLabel(string value)
    {
        while (_producers.TryGetValue(value, out Node? node) && node.Operator is ReshapeOperator) value = node.Inputs[0];
        return _producers.TryGetValue(value, out Node? last) && last.Operator is ArgMaxOperator;
    }

    private NetworkOutput Label(PlanPort port, int id, bool isLabel)
    {
        if (isLabel) return new(port, id, new(PostOperationKind.None));
        ImmutableArray<int> classes = [.. _network[id].Shape.Where(size => size != 1)];
        if (classes.Length != 1)
            throw new GraphException("", "", $"output '{port.Name}' of shape [{string.Join(", ", port.Shape)}] is not one row of classes, so it has no label");
        int flat = Reshape(port.Name, id, classes);
        int label = _network.Add(port.Name + ".label", [], output => new ArgMaxLayer(port.Name, flat, output));
        return new(port with { Shape = [] }, label, new(PostOperationKind.None));
    }

    private PostOperation PostOperation(Node node, ImmutableArray<int> port)
    {
        if (node.Operator is UnaryOperator unary)
            return new(unary.Kind == UnaryKind.Sigmoid ? PostOperationKind.Sigmoid : PostOperationKind.Tanh);
        SoftmaxOperator softmax = (SoftmaxOperator)node.Operator;
        ImmutableArray<int> shape = _graph.Shapes[node.Output];
        int stride = softmax.Flatten ? 1 : shape[(softmax.Axis + 1)..].Aggregate(1, (product, size) => product * size);
        int count = softmax.Flatten ? FloatTensor.Count(shape[softmax.Axis..]) : shape[softmax.Axis];
        for (int axis = 0; axis < port.Length; axis++)
            if (port[axis] == count && port[(axis + 1)..].Aggregate(1, (product, size) => product * size) == stride)
                return new(softmax.Logarithm ? PostOperationKind.LogSoftmax : PostOperationKind.Softmax, axis);
        throw Refuse(node, "runs along several axes at once");
    }
}
