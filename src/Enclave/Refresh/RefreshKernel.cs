using System.Runtime.CompilerServices;
using Blindsight.Enclave.Contract;

namespace Blindsight.Enclave.Refresh;

/// <summary>
/// Exact maxima and activations on decrypted numbers. Which numbers meet is public, from the contract; no branch and no address depends on them. Numbers of
/// one element stand side by side, image by image: number e * images + i.
/// </summary>
/// <remarks>
/// Not vectorised by hand: a ciphertext's 4,096 numbers take a few microseconds here, between transforms that take some hundred.
/// </remarks>
public static class RefreshKernel
{
    /// <summary>result[e] = the largest of x[sources[w * elements + e]], w below the window; 0 of nothing.</summary>
    /// <param name="x">Of all operands, one after the other.</param>
    /// <param name="sources">As of <see cref="RoomRefresh"/>.</param>
    /// <param name="result">Elements times images numbers; no alias.</param>
    public static void Maxima(ReadOnlySpan<double> x, ReadOnlySpan<int> sources, int images, Span<double> result)
    {
        int elements = result.Length / images, window = sources.Length / elements;
        result.Clear();
        for (int e = 0; e < elements; e++)
        {
            Span<double> to = result.Slice(e * images, images);
            bool first = true;
            for (int w = 0; w < window; w++)
            {
                int source = sources[w * elements + e];
                if (source == RoomContract.Nothing) continue;
                ReadOnlySpan<double> from = x.Slice(source * images, images);
                if (first) from.CopyTo(to);
                else Larger(from, to);
                first = false;
            }
        }
    }

    /// <summary>
    /// The function of each channel, in place, from the network's units to slots: divided by 2^exponent, and at most
    /// <see cref="RoomContract.Magnitude"/> either way: what calibration had no room for is cut off rather than refused, which would tell of it.
    /// </summary>
    public static void Apply(RoomFunction function, int exponent, Span<double> x)
    {
        int channel = x.Length / function.Kinds.Length;
        double unit = Math.ScaleB(1, -exponent);
        for (int c = 0; c < function.Kinds.Length; c++)
        {
            Span<double> numbers = x.Slice(c * channel, channel);
            double factor = Math.ScaleB(unit, function.Exponents[c]);
            switch (function.Kinds[c])
            {
                case RoomFunction.Clamp:
                    Clamp(numbers, function.Low, function.High);
                    Scale(numbers, unit);
                    break;
                case RoomFunction.Square:
                    Square(numbers, factor);
                    break;
                case RoomFunction.NegatedSquare:
                    Square(numbers, -factor);
                    break;
                case RoomFunction.Identity:
                    Scale(numbers, unit);
                    break;
                default:
                    numbers.Clear();
                    break;
            }
            Clamp(numbers, -RoomContract.Magnitude, RoomContract.Magnitude);
        }
    }

    // One processor instruction each way, no comparison that is branched on: numbers are never NaN.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Larger(ReadOnlySpan<double> x, Span<double> result)
    {
        for (int i = 0; i < result.Length; i++) result[i] = double.MaxNative(result[i], x[i]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Clamp(Span<double> x, double low, double high)
    {
        foreach (ref double number in x) number = double.MinNative(double.MaxNative(number, low), high);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Scale(Span<double> x, double factor)
    {
        foreach (ref double number in x) number *= factor;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Square(Span<double> x, double factor)
    {
        foreach (ref double number in x) number *= number * factor;
    }
}
