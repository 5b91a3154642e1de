using System.Collections.Immutable;
using Blindsight.Compiler;
using Onnx;

namespace Blindsight.Training.Synthesis;

/// <summary>What becomes of one constant.</summary>
/// <param name="Value">The standard deviation of random weights, or the number that all elements take.</param>
internal sealed record WeightRole(string Name, ImmutableArray<int> Shape, bool IsRandom, double Value)
{
    public int Elements => Shape.Aggregate(1, (product, size) => product * size);
}

/// <summary>Which constants of a topology are weights, and of which kind: decided by the nodes that read them.</summary>
internal sealed class WeightRoles
{
    private static readonly string[] Products = ["Conv", "Gemm", "MatMul"];

    private readonly Constants _constants;
    private readonly Dictionary<string, NodeProto> _producers = [];
    private readonly Dictionary<string, WeightRole> _roles = [];
    private readonly List<string> _order = [];

    /// <exception cref="GraphException">A constant that is read as two kinds of weights, or one of the wrong shape.</exception>
    public WeightRoles(GraphProto graph, Constants constants)
    {
        _constants = constants;
        foreach (NodeProto node in graph.Node)
            foreach (string output in node.Output) _producers[output] = node;
        HashSet<NodeProto> branchEnds = BranchEnds(graph);
        foreach (NodeProto node in graph.Node) Assign(node, branchEnds.Contains(node) ? WeightSynthesis.ResidualScale : 1);
        if (_order.Count == 0) throw new GraphException("", "", "no convolution or dense layer has constant weights");
    }

    /// <summary>In the order in which nodes read them.</summary>
    public IReadOnlyList<WeightRole> All => [.. _order.Select(name => _roles[name])];

    private void Assign(NodeProto node, double scale)
    {
        switch (node.OpType)
        {
            case "Conv":
                Random(node, 1, shape => FanIn(shape, 1), scale);
                Constant(node, 2, 0);
                break;
            case "Gemm":
                bool transposed = node.Attribute.Any(attribute => attribute.Name == "transB" && attribute.I != 0);
                Random(node, 1, shape => shape[transposed ? 1 : 0], scale);
                Constant(node, 2, 0);
                break;
            case "MatMul":
                Random(node, 1, shape => shape[^2], scale);
                Random(node, 0, shape => shape[^1], scale);
                break;
            case "BatchNormalization":
                double[] values = [scale, 0, 0, 1];
                for (int i = 0; i < values.Length; i++) Constant(node, i + 1, values[i]);
                break;
            case "Add":
                for (int i = 0; i < 2; i++)
                    if (node.Input.Count == 2 && _producers.TryGetValue(node.Input[1 - i], out NodeProto? producer) && Products.Contains(producer.OpType))
                        Constant(node, i, 0);
                break;
        }
    }

    private static int FanIn(ImmutableArray<int> shape, int first) => shape[first..].Aggregate(1, (product, size) => product * size);

    private void Random(NodeProto node, int input, Func<ImmutableArray<int>, int> fanIn, double scale)
    {
        if (!IsConstant(node, input)) return;
        ImmutableArray<int> shape = _constants.Shape(node.Input[input]);
        if (shape.Length < 2) throw Refuse(node, $"its weights '{node.Input[input]}' have {shape.Length} dimensions");
        Add(node, new(node.Input[input], shape, true, scale * Math.Sqrt(2.0 / fanIn(shape))));
    }

    private void Constant(NodeProto node, int input, double value)
    {
        if (IsConstant(node, input)) Add(node, new(node.Input[input], _constants.Shape(node.Input[input]), false, value));
    }

    private bool IsConstant(NodeProto node, int input) => input < node.Input.Count && _constants.IsFloat(node.Input[input]);

    private void Add(NodeProto node, WeightRole role)
    {
        if (!_roles.TryAdd(role.Name, role))
        {
            WeightRole other = _roles[role.Name];
            if (other.IsRandom != role.IsRandom || other.Value != role.Value)
                throw Refuse(node, $"its constant '{role.Name}' is also read as weights of another kind or fan-in");
        }
        else _order.Add(role.Name);
    }

    /// <summary>The layers that end the longer branch of each addition of values that the network computes.</summary>
    private HashSet<NodeProto> BranchEnds(GraphProto graph)
    {
        Dictionary<string, int> depths = [];
        HashSet<NodeProto> ends = [];
        foreach (NodeProto node in graph.Node)
        {
            int depth = node.Input.Max(input => (int?)depths.GetValueOrDefault(input)) ?? 0;
            if (Products.Contains(node.OpType)) depth++;
            foreach (string output in node.Output) depths[output] = depth;
            if (node.OpType is not ("Add" or "Sum")) continue;
            string[] branches = [.. node.Input.Where(_producers.ContainsKey).Where(input => !IsFloatConstant(input))];
            if (branches.Length < 2) continue;
            NodeProto longest = _producers[branches.MaxBy(branch => depths.GetValueOrDefault(branch))!];
            if (longest.OpType == "BatchNormalization" || Products.Contains(longest.OpType)) ends.Add(longest);
        }
        return ends;
    }

    private bool IsFloatConstant(string name) => _constants.IsFloat(name);

    private static GraphException Refuse(NodeProto node, string message) =>
        new(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "", node.OpType, message);
}
