using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// Values as functions of one value x, channel by channel: g * clamp(x) + c0 + c1 x + c2 x^2 + c3 x^3. Coefficients are doubles, so that those
/// which only moved past zeros and ones come out as they went in.
/// </summary>
/// <param name="input">The name of x.</param>
/// <param name="shape">Of x and all values considered; channels are axis 1.</param>
internal sealed class ChannelForms(Graph graph, string input, ImmutableArray<int> shape)
{
    private const int PowerMax = 3;

    private readonly Dictionary<string, Bound?> _degrees = [];
    private readonly Dictionary<string, ChannelForm?> _forms = [];

    /// <summary>Values evaluated so far, short of x and constants.</summary>
    public IEnumerable<string> Visited => _forms.Keys.Where(name => name != input && !graph.Constants.ContainsKey(name));

    /// <summary>What a value may be at most, without looking at numbers; null where it is no such function of x.</summary>
    /// <param name="node">The node that makes a value, null where there is none to look into.</param>
    public Bound? Degree(string value, Func<string, Node?> node)
    {
        if (_degrees.TryGetValue(value, out Bound? known)) return known;
        return _degrees[value] = value == input ? new(false, 1) : graph.Constants.ContainsKey(value) ? new(false, 0)
            : node(value) is not { } made ? null : Degree(made, node);
    }

    private Bound? Degree(Node made, Func<string, Node?> node)
    {
        if (made.Operator is ClipOperator or UnaryOperator { Kind: UnaryKind.Relu }) return made.Inputs[0] == input ? new(true, 0) : null;
        if (Degree(made.Inputs[0], node) is not { } x) return null;
        if (made.Operator is UnaryOperator unary) return unary.Kind == UnaryKind.Negate ? x : Times(x, x);
        if (Degree(made.Inputs[1], node) is not { } y) return null;
        return ((BinaryOperator)made.Operator).Kind switch
        {
            BinaryKind.Mul => Times(x, y),
            BinaryKind.Pow => Exponent(made) is { } exponent && !x.HasClamp ? Limited(false, x.Power * exponent) : null,
            _ => new(x.HasClamp || y.HasClamp, Math.Max(x.Power, y.Power)),
        };
    }

    private static Bound? Times(Bound x, Bound y) =>
        x.HasClamp && (y.HasClamp || y.Power > 0) || y.HasClamp && x.Power > 0 ? null : Limited(x.HasClamp || y.HasClamp, x.Power + y.Power);

    private static Bound? Limited(bool hasClamp, int power) => power <= PowerMax ? new(hasClamp, power) : null;

    /// <summary>The value's function of x; null where <see cref="Degree(string, Func{string, Node})"/> is or a constant is not one by channel.</summary>
    public ChannelForm? Evaluate(string value, Func<string, Node?> node)
    {
        if (_forms.TryGetValue(value, out ChannelForm? known)) return known;
        return _forms[value] = value == input ? ChannelForm.Identity
            : graph.Constants.TryGetValue(value, out FloatTensor? constant) ? ByChannel(constant) is { } values ? ChannelForm.Constant(values) : null
            : node(value) is { } made ? Evaluate(made, node) : null;
    }

    private ChannelForm? Evaluate(Node made, Func<string, Node?> node)
    {
        if (made.Operator is UnaryOperator { Kind: UnaryKind.Relu }) return ChannelForm.Clamp(0, float.PositiveInfinity);
        if (made.Operator is ClipOperator clip) return ChannelForm.Clamp(clip.Low, clip.High);
        if (Evaluate(made.Inputs[0], node) is not { } x) return null;
        if (made.Operator is UnaryOperator unary) return unary.Kind == UnaryKind.Negate ? x.Scaled(-1) : x.Times(x);
        BinaryKind kind = ((BinaryOperator)made.Operator).Kind;
        if (kind == BinaryKind.Pow) return Exponent(made) switch { 1 => x, 2 => x.Times(x), 3 => x.Times(x)?.Times(x), _ => null };
        if (Evaluate(made.Inputs[1], node) is not { } y) return null;
        return kind == BinaryKind.Mul ? x.Times(y) : x.Plus(kind == BinaryKind.Add ? y : y.Scaled(-1));
    }

    private int? Exponent(Node power) =>
        graph.Constants.TryGetValue(power.Inputs[1], out FloatTensor? constant) && constant.Data is [1f or 2f or 3f] ? (int)constant.Data[0] : null;

    /// <summary>One number, or one for each channel; null for other constants.</summary>
    private double[]? ByChannel(FloatTensor constant)
    {
        int channelAxis = constant.Shape.Length - (shape.Length - 1);
        bool fits = constant.Shape.Length <= shape.Length && constant.Data.Length > 0
            && Enumerable.Range(0, constant.Shape.Length).All(axis => constant.Shape[axis] == 1 || axis == channelAxis);
        return fits ? Array.ConvertAll(constant.Data, value => (double)value) : null;
    }

    /// <summary>Whether clamp(x) occurs, and the highest power of x beside it.</summary>
    internal readonly record struct Bound(bool HasClamp, int Power);
}
