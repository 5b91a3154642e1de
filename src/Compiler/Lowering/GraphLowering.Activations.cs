using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>
/// Polynomials. A square comes with a power of two that the protocol multiplies by for nothing; what else there is of a polynomial goes into an
/// affine layer in front, which passes fold into the layer before, and into an offset of the owner's behind.
/// </summary>
internal sealed partial class GraphLowering
{
    /// <summary>Largest exponent of two that a square takes, either way.</summary>
    private const int SquareExponentMax = 12;

    private int Square(Node node, int x) => _network.Add(node.Output, ShapeOf(node.Output),
        id => new ActivationLayer(node.Name, x, $"{ActivationStep.Square}", 0, 0, [0], [0], id));

    private int Channels(Node node, ChannelActivationOperator activation)
    {
        RequireOneRow(node);
        ChannelParts[] parts = [.. activation.Channels.Select(Parts)];
        int x = InFront(node, Input(node, 0), parts);
        ImmutableArray<int> shape = ShapeOf(node.Output);
        int[] cubic = [.. Enumerable.Range(0, parts.Length).Where(channel => activation.Channels[channel].Degree == 3)];
        if (cubic.Length == 0) return Activate(node, x, shape, parts, activation.Low, activation.High);
        int[] others = [.. Enumerable.Range(0, parts.Length).Except(cubic)];
        x = Reshape(node.Name, x, shape);
        int cubes = Cubes(node, Some(node, x, cubic), [.. cubic.Select(channel => activation.Channels[channel])]);
        if (others.Length == 0) return cubes;
        int rest = Some(node, x, others);
        rest = Activate(node, rest, _network[rest].Shape, [.. others.Select(channel => parts[channel])], activation.Low, activation.High);
        int[] order = [.. others, .. cubic];
        return Some(node, AddLayout(node.Name, [rest, cubes], shape, new ConcatLayout(0)),
            [.. Enumerable.Range(0, order.Length).Select(channel => Array.IndexOf(order, channel))]);
    }

    private int Activate(Node node, int x, ImmutableArray<int> shape, ChannelParts[] parts, float low, float high)
    {
        string kinds = string.Concat(parts.Select(part => part.Kind));
        if (kinds.All(kind => kind == ActivationStep.Clamp)) return _network.Add(node.Output, shape, id => new ClampLayer(node.Name, x, low, high, id));
        return _network.Add(node.Output, shape, id => new ActivationLayer(node.Name, x, kinds, low, high,
            [.. parts.Select(part => part.Exponent)], [.. parts.Select(part => part.Offset)], id));
    }

    /// <summary>
    /// c3 x^3 + c2 x^2 + c1 x + c0 of every channel by squares: 4 x^3 = (x + x^2)^2 - (x - x^2)^2, both halves as channels of one layer. A
    /// fallback that costs more than a comparison.
    /// </summary>
    private int Cubes(Node node, int x, ChannelFunction[] functions)
    {
        int channels = functions.Length, elements = _network[x].Elements;
        ImmutableArray<int> shape = _network[x].Shape, twice = shape.SetItem(0, 2 * channels);
        int[] first = [.. Enumerable.Range(0, channels)], second = [.. Enumerable.Range(channels, channels)];
        int both = AddLayout(node.Name, [x, x], twice, new ConcatLayout(0));
        int squares = Halves(both, 0);
        int sums = _network.Add(node.Output, twice,
            id => new LinearLayer(node.Name, [new IdentityFloatTerm(both), new IdentityFloatTerm(squares)], new float[2 * channels], id));
        int quarters = Halves(sums, -2);
        FloatTerm Weighted(int value, Func<ChannelFunction, float> weight) =>
            ConvolutionFloatTerm.Diagonal(value, elements, [.. functions.Select(weight)]);
        ImmutableArray<FloatTerm> terms =
        [
            Weighted(Some(node, quarters, first), f => f.C3), Weighted(Some(node, quarters, second), f => f.C3),
            Weighted(Some(node, squares, first), f => f.C2), Weighted(x, f => f.C1),
        ];
        return _network.Add(node.Output, shape, id => new LinearLayer(node.Name, terms, [.. functions.Select(f => f.C0)], id));

        int Halves(int value, int exponent) => _network.Add(node.Output, twice, id => new ActivationLayer(node.Name, value,
            new string(ActivationStep.Square, channels) + new string(ActivationStep.NegatedSquare, channels), 0, 0,
            [.. Enumerable.Repeat(exponent, 2 * channels)], new float[2 * channels], id));
    }

    /// <summary>Some channels of a value, in that order.</summary>
    private int Some(Node node, int x, int[] channels) =>
        AddLayout(node.Name, [x], _network[x].Shape.SetItem(0, channels.Length), new GatherLayout(0, [.. channels]));

    private int InFront(Node node, int x, ChannelParts[] parts)
    {
        float[] scale = [.. parts.Select(part => part.Scale)], shift = [.. parts.Select(part => part.Shift)];
        return Array.TrueForAll(scale, value => value == 1) && Array.TrueForAll(shift, value => value == 0)
            ? x : AddAffine(node, x, Elements(node.Output), scale, shift);
    }

    /// <summary>
    /// c2 x^2 + c1 x + c0 = +-2^e (a x + b)^2 + offset; a is 1 where c2 is a power of two, else between 0.7 and 1.5. Cubics are left
    /// as they are.
    /// </summary>
    private static ChannelParts Parts(ChannelFunction f)
    {
        if (f.IsClamp) return new(ActivationStep.Clamp, 1, 0, 0, 0);
        if (f.Degree == 0) return new(ActivationStep.Constant, 1, 0, 0, f.C0);
        if (f.Degree == 3) return new(ActivationStep.Identity, 1, 0, 0, 0);
        if (f.Degree == 1) return new(ActivationStep.Identity, f.C1, f.C0, 0, 0);
        double size = Math.Abs((double)f.C2), sign = Math.Sign(f.C2);
        int exponent = (int)Math.Clamp(Math.Round(Math.Log2(size)), -SquareExponentMax, SquareExponentMax);
        double unit = Math.ScaleB(1, exponent), scale = Math.Sqrt(size / unit), shift = sign * f.C1 / (2 * scale * unit);
        return new(sign > 0 ? ActivationStep.Square : ActivationStep.NegatedSquare,
            (float)scale, (float)shift, exponent, (float)(f.C0 - sign * unit * shift * shift));
    }

    /// <summary>What becomes of one channel: kind(Scale x + Shift), an exponent where it is a square, and an offset.</summary>
    private readonly record struct ChannelParts(char Kind, float Scale, float Shift, int Exponent, float Offset);
}
