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
        if (activation.Channels.Any(f => f.Degree > 2)) throw Refuse(node, "has channels of degree 3");
        ChannelParts[] parts = [.. activation.Channels.Select(Parts)];
        int x = InFront(node, Input(node, 0), parts);
        return _network.Add(node.Output, ShapeOf(node.Output), id => new ActivationLayer(node.Name, x, string.Concat(parts.Select(part => part.Kind)),
            activation.Low, activation.High, [.. parts.Select(part => part.Exponent)], [.. parts.Select(part => part.Offset)], id));
    }

    private int InFront(Node node, int x, ChannelParts[] parts)
    {
        float[] scale = [.. parts.Select(part => part.Scale)], shift = [.. parts.Select(part => part.Shift)];
        return Array.TrueForAll(scale, value => value == 1) && Array.TrueForAll(shift, value => value == 0)
            ? x : AddAffine(node, x, Elements(node.Output), scale, shift);
    }

    /// <summary>c2 x^2 + c1 x + c0 = +-2^e (a x + b)^2 + offset; a is 1 where c2 is a power of two, else between 0.7 and 1.5.</summary>
    private static ChannelParts Parts(ChannelFunction f)
    {
        if (f.IsClamp) return new(ActivationStep.Clamp, 1, 0, 0, 0);
        if (f.Degree == 0) return new(ActivationStep.Constant, 1, 0, 0, f.C0);
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
