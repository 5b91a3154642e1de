using System.Collections.Immutable;
using Blindsight.Arithmetic;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// How weights that are uniform modulo 2^m, shares of secrets say, are multiplied under parameters that are made for small ones: as sums of signed
/// digits, w = sum of d_i 2^s_i modulo 2^m, each digit on an encryption of r 2^s_i. To a packing that is a linear map with so many times the input
/// channels, within a group digit by digit. Public: where digits begin depends on shapes and shifts only.
/// </summary>
public sealed class WeightDigits
{
    /// <summary>Bits of the widest digit.</summary>
    public const int DigitBitsMax = 16;

    /// <param name="starts">s_i, rising from 0.</param>
    /// <exception cref="ParameterException">They do not rise from 0, or a digit below the last is too wide.</exception>
    public WeightDigits(params ImmutableArray<int> starts)
    {
        if (starts.IsDefaultOrEmpty || starts[0] != 0) throw new ParameterException("digits begin at bit 0");
        for (int i = 1; i < starts.Length; i++)
            if (starts[i] - starts[i - 1] is < 1 or > DigitBitsMax) throw new ParameterException($"a digit has 1 to {DigitBitsMax} bits");
        Starts = starts;
    }

    /// <summary>The least number of digits for weights of consumers that share a request.</summary>
    public static int CountMin(ImmutableArray<LinearConsumer> consumers) => (BitsMax(consumers) - 1) / DigitBitsMax + 1;

    /// <summary>The digits of least errors: two of any widths, more of one width.</summary>
    /// <param name="count">At least <see cref="CountMin"/>.</param>
    public static WeightDigits Best(int count, ImmutableArray<LinearConsumer> consumers)
    {
        int bits = BitsMax(consumers), each = (bits + count - 1) / count;
        if (count != 2) return new WeightDigits([.. Enumerable.Range(0, count).Select(digit => digit * each)]);
        return Enumerable.Range(Math.Max(1, bits - DigitBitsMax), DigitBitsMax).TakeWhile(start => start < bits && start <= DigitBitsMax)
            .Select(start => new WeightDigits(0, start))
            .MinBy(digits => consumers.Max(consumer => digits.Widen(consumer).NormMax(consumer.Geometry.OutChannels)))!;
    }

    /// <summary>s_i.</summary>
    public ImmutableArray<int> Starts { get; }

    public int Count => Starts.Length;

    /// <summary>
    /// The linear map of the digits, for weights modulo 2^(l + shift) of each channel: more is never needed, whatever is kept of results.
    /// </summary>
    /// <exception cref="ParameterException">The last digit is too wide.</exception>
    public LinearConsumer Widen(LinearConsumer consumer) => new(consumer, this);

    /// <summary>The digits of weights, laid out as the widened geometry says. Constant time in weights.</summary>
    /// <param name="weights">Laid out as the geometry before; bits above those that matter are ignored.</param>
    public short[] Split(LinearConsumer widened, ReadOnlySpan<uint> weights)
    {
        int fanIn = widened.Geometry.FanIn / Count;
        if (weights.Length != widened.Geometry.OutChannels * fanIn) throw new ArgumentException("The layer has another number of weights.", nameof(weights));
        short[] digits = new short[widened.Geometry.WeightElements];
        for (int channel = 0; channel < widened.Geometry.OutChannels; channel++)
        {
            ReadOnlySpan<uint> from = weights.Slice(channel * fanIn, fanIn);
            int bits = widened.RingBits + widened.ChannelShifts[channel];
            for (int i = 0; i < fanIn; i++)
            {
                uint rest = from[i];
                for (int digit = 0; digit < Count; digit++)
                {
                    int width = Width(digit, bits);
                    if (width == 0) break;
                    int value = (int)(rest << (32 - width)) >> (32 - width);
                    digits[(channel * Count + digit) * fanIn + i] = (short)value;
                    rest = (rest - (uint)value) >> width;
                }
            }
        }
        return digits;
    }

    /// <summary>r 2^s_i of an input for all digits, laid out as the widened geometry says.</summary>
    public void Spread(LinearConsumer widened, ReadOnlySpan<uint> input, Span<uint> result)
    {
        if (result.Length != widened.Geometry.InElements || input.Length * Count != result.Length)
            throw new ArgumentException("The input or the result has another length than the layer says.");
        int group = input.Length / widened.Geometry.Groups;
        for (int at = 0; at < input.Length; at += group)
            for (int digit = 0; digit < Count; digit++)
            {
                Span<uint> to = result.Slice(at * Count + digit * group, group);
                for (int i = 0; i < group; i++) to[i] = input[at + i] << Starts[digit];
            }
    }

    /// <summary>The root of the mean square of the largest digits of a number modulo 2^bits.</summary>
    internal double LargestMean(int bits)
    {
        double sum = 0;
        for (int digit = 0; digit < Count; digit++)
            if (Width(digit, bits) is > 0 and var width) sum += Math.Pow(4, width - 1);
        return Math.Sqrt(sum / Count);
    }

    private static int BitsMax(ImmutableArray<LinearConsumer> consumers) =>
        consumers.Max(consumer => consumer.RingBits + consumer.ChannelShifts.Max());

    /// <summary>Bits of a digit of numbers modulo 2^bits; 0 of one above them.</summary>
    internal int Width(int digit, int bits) =>
        Math.Max(0, (digit + 1 < Count ? Math.Min(bits, Starts[digit + 1]) : bits) - Starts[digit]);
}
