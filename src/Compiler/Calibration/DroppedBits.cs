using System.Collections.Immutable;
using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Calibration;

/// <summary>
/// How many low bits each comparison can leave out to good purpose: a comparison of l - 1 bits is made of digits of four, so those
/// above the last multiple of four.
/// </summary>
internal static class DroppedBits
{
    private const int DigitBits = 4;

    /// <summary>By the id of the value that a clamp or a max pool writes; layers that leave out nothing are absent.</summary>
    /// <param name="ratioMin">Least root mean square of the compared value, in units of what the bits can hold.</param>
    public static ImmutableDictionary<int, int> Choose(
        Network network, Formats formats, IReadOnlyDictionary<int, ValueRange> ranges, double ratioMin, int bitsMax)
    {
        ImmutableDictionary<int, int>.Builder dropped = ImmutableDictionary.CreateBuilder<int, int>();
        foreach (Layer layer in network.Layers)
        {
            if (layer is not (ClampLayer or MaxPoolLayer or ActivationLayer { HasClamps: true })) continue;
            int input = layer.Inputs[0];
            ValueFormat format = formats.Values[input];
            int bits = (format.RingBits - 1) % DigitBits;
            double rms = Math.ScaleB(ranges[input].RootMeanSquare, format.ScaleBits - bits);
            double span = layer switch
            {
                ClampLayer clamp => clamp.High - clamp.Low, ActivationLayer activation => activation.High - activation.Low, _ => double.PositiveInfinity,
            };
            bool apart = Math.ScaleB(span, format.ScaleBits - bits) >= 2;
            if (bits > 0 && bits <= bitsMax && rms >= ratioMin && apart) dropped[layer.Output] = bits;
        }
        return dropped.ToImmutable();
    }
}
