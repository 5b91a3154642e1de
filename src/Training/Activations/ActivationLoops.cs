using System.Numerics;
using System.Runtime.InteropServices;

namespace Blindsight.Training.Activations;

/// <summary>
/// Element-wise loops of clamps and polynomials of degree up to 3 over spans of equal length, coefficients lowest degree first. A vector is handled
/// as the machine's width; a rest is padded with zeros, whose results are not kept.
/// </summary>
internal static class ActivationLoops
{
    private static int Width => Vector<float>.Count;

    /// <summary>y = min(max(x, low), high).</summary>
    public static void Clamp(ReadOnlySpan<float> x, float low, float high, Span<float> y)
    {
        for (int i = 0; i < x.Length; i += Width) Store(Clamped(Load(x, i), low, high), y, i);
    }

    /// <summary>y = exactness * clamp(x) + (1 - exactness) * polynomial(x).</summary>
    public static void Evaluate(ReadOnlySpan<float> x, ReadOnlySpan<float> coefficients, float exactness, float low, float high, Span<float> y)
    {
        for (int i = 0; i < x.Length; i += Width)
        {
            Vector<float> value = Load(x, i), result = Polynomial(value, coefficients);
            if (exactness > 0) result = result * (1 - exactness) + Clamped(value, low, high) * exactness;
            Store(result, y, i);
        }
    }

    /// <summary>sum += gradient where x lies between the bounds.</summary>
    public static void AddClamped(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, float low, float high, Span<float> sum)
    {
        for (int i = 0; i < x.Length; i += Width)
            Store(Load(sum, i) + (Inside(Load(x, i), low, high) & Load(gradient, i)), sum, i);
    }

    /// <summary>sum += gradient * derivative of what <see cref="Evaluate"/> computes.</summary>
    public static void AddDerivative(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, ReadOnlySpan<float> coefficients, float exactness, float low, float high,
        Span<float> sum)
    {
        ReadOnlySpan<float> derivative = [coefficients[1], 2 * coefficients[2], 3 * coefficients[3], 0];
        for (int i = 0; i < x.Length; i += Width)
        {
            Vector<float> value = Load(x, i), slope = Polynomial(value, derivative);
            if (exactness > 0) slope = slope * (1 - exactness) + (Inside(value, low, high) & new Vector<float>(exactness));
            Store(Load(sum, i) + slope * Load(gradient, i), sum, i);
        }
    }

    /// <summary>moments[k] += weight * sum of gradient * x^k, k from 0 to degree.</summary>
    public static void AddMoments(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, float weight, int degree, Span<float> moments)
    {
        for (int k = 0; k <= degree; k++)
        {
            Vector<float> total = Vector<float>.Zero;
            for (int i = 0; i < x.Length; i += Width)
            {
                Vector<float> value = Load(x, i), product = Load(gradient, i);
                for (int power = 0; power < k; power++) product *= value;
                total += product;
            }
            moments[k] += weight * Vector.Sum(total);
        }
    }

    /// <summary>sum += weight * (x - nearest point of [-range, range]).</summary>
    public static void AddExcess(ReadOnlySpan<float> x, float range, float weight, Span<float> sum)
    {
        for (int i = 0; i < x.Length; i += Width)
        {
            Vector<float> value = Load(x, i);
            Store(Load(sum, i) + (value - Clamped(value, -range, range)) * weight, sum, i);
        }
    }

    /// <summary>sum of gradient * (polynomial(x) - current), where current is what the channel computes now.</summary>
    public static double Change(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, ReadOnlySpan<float> current, ReadOnlySpan<float> coefficients)
    {
        Vector<float> total = Vector<float>.Zero;
        for (int i = 0; i < x.Length; i += Width)
            total += Load(gradient, i) * (Polynomial(Load(x, i), coefficients) - Load(current, i));
        return Vector.Sum(total);
    }

    private static Vector<float> Polynomial(Vector<float> x, ReadOnlySpan<float> c) =>
        ((new Vector<float>(c[3]) * x + new Vector<float>(c[2])) * x + new Vector<float>(c[1])) * x + new Vector<float>(c[0]);

    private static Vector<float> Clamped(Vector<float> x, float low, float high) =>
        Vector.Min(Vector.Max(x, new Vector<float>(low)), new Vector<float>(high));

    private static Vector<float> Inside(Vector<float> x, float low, float high) => Vector.AsVectorSingle(
        Vector.GreaterThan(x, new Vector<float>(low)) & Vector.LessThan(x, new Vector<float>(high)));

    private static Vector<float> Load(ReadOnlySpan<float> span, int at)
    {
        if (at + Width <= span.Length) return MemoryMarshal.Read<Vector<float>>(MemoryMarshal.AsBytes(span[at..]));
        Span<float> padded = stackalloc float[Width];
        padded.Clear();
        span[at..].CopyTo(padded);
        return new Vector<float>(padded);
    }

    private static void Store(Vector<float> value, Span<float> span, int at)
    {
        if (at + Width <= span.Length) value.CopyTo(span[at..]);
        else
        {
            Span<float> padded = stackalloc float[Width];
            value.CopyTo(padded);
            padded[..(span.Length - at)].CopyTo(span[at..]);
        }
    }
}
