using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// Another function for each channel, all in the same rounds: clamps as in <see cref="ClampStep"/>, squares
/// +-2^Exponents[c] * input^2 + offset, copies, and constants. Offsets and constants stay with the model's owner
/// (<see cref="QuantizedModel.Offsets"/>). Input and output are activation rings; where a channel is a clamp or a copy both have one width and
/// one scale. The channel of element e is e / (elements / channels).
/// </summary>
/// <param name="Kinds">One letter for each channel, of the constants below; at least one is no clamp.</param>
/// <param name="Exponents">One for each channel, 0 where it is no square.</param>
/// <param name="InputShift">
/// Low bits that an element loses before it is squared. The clear reference rounds to the nearest (ties up), by shares either neighbour
/// results; the square is then rounded to the output's scale, to the nearest in the clear, to either neighbour by shares.
/// </param>
/// <param name="Low">As of a <see cref="ClampStep"/>; null without clamps, as is <paramref name="High"/>.</param>
/// <param name="DroppedBits">As of a <see cref="ClampStep"/>.</param>
public sealed record ActivationStep(
    string Name, int Input, int Output, string Kinds, ImmutableArray<int> Exponents, int InputShift, int? Low, int? High, int DroppedBits)
    : PlanStep(Name)
{
    /// <summary>Letters of <see cref="Kinds"/>.</summary>
    public const char Clamp = 'c', Square = 's', NegatedSquare = 'n', Identity = 'i', Constant = 'k';

    public override ImmutableArray<int> Reads => [Input];
    public override int Writes => Output;

    /// <summary>Number of channels.</summary>
    public int Channels => Kinds.Length;

    /// <summary>Whether the channel is a square, negated or not.</summary>
    public bool IsSquare(int channel) => Kinds[channel] is Square or NegatedSquare;

    /// <summary>Whether any channel is a square.</summary>
    public bool HasSquares => Kinds.AsSpan().ContainsAny(Square, NegatedSquare);

    /// <summary>Whether any channel is a clamp.</summary>
    public bool HasClamps => Kinds.Contains(Clamp);

    /// <summary>Low bits that the channel's square loses; negative where it gains zeros.</summary>
    public int SquareShift(int channel, PlanTensor input, PlanTensor output) =>
        2 * (input.ScaleBits - InputShift) - Exponents[channel] - output.ScaleBits;

    /// <summary>The most of <see cref="SquareShift"/> over squares, at least 0.</summary>
    public int SquareShiftMax(PlanTensor input, PlanTensor output) =>
        Enumerable.Range(0, Channels).Where(IsSquare).Select(channel => SquareShift(channel, input, output)).Append(0).Max();

    /// <summary>
    /// A square's input may be one unit of 2^InputShift off, which after squaring is (2 q + 1) / 2^shift for the largest q, and its rounding
    /// adds one.
    /// </summary>
    public override int DeviationMax(InferencePlan plan)
    {
        PlanTensor input = plan.Tensors[Input], output = plan.Tensors[Output];
        double most = HasClamps ? (1 << DroppedBits) - 1 : 0;
        for (int channel = 0; channel < Channels; channel++)
        {
            if (!IsSquare(channel)) continue;
            double moved = InputShift == 0 ? 0 : Math.ScaleB(1, input.ValueBits - InputShift) + 1;
            most = Math.Max(most, Math.Ceiling(Math.ScaleB(moved, -SquareShift(channel, input, output))) + 1);
        }
        return (int)Math.Min(most, 1L << (output.RingBits - 1));
    }
}
