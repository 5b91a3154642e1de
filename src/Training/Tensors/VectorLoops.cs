using System.Numerics;
using System.Runtime.InteropServices;

namespace Blindsight.Training.Tensors;

/// <summary>Element-wise loops and sums over spans of equal length, in the machine's vector width. Sums are reproducible on one machine.</summary>
internal static class VectorLoops
{
    /// <summary>output = x * scale + offset; the output may be x.</summary>
    public static void Affine(ReadOnlySpan<float> x, float scale, float offset, Span<float> output)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x);
        Span<Vector<float>> outputs = Vectors(output);
        Vector<float> scales = new(scale), offsets = new(offset);
        for (int i = 0; i < xs.Length; i++) outputs[i] = xs[i] * scales + offsets;
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) output[i] = x[i] * scale + offset;
    }

    /// <summary>sum += x * scale.</summary>
    public static void AddScaled(ReadOnlySpan<float> x, float scale, Span<float> sum)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x);
        Span<Vector<float>> sums = Vectors(sum);
        Vector<float> scales = new(scale);
        for (int i = 0; i < xs.Length; i++) sums[i] += xs[i] * scales;
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum[i] += x[i] * scale;
    }

    /// <summary>output = x where x is above 0, else slope * x.</summary>
    public static void Rectify(ReadOnlySpan<float> x, float slope, Span<float> output)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x);
        Span<Vector<float>> outputs = Vectors(output);
        Vector<float> slopes = new(slope);
        for (int i = 0; i < xs.Length; i++)
            outputs[i] = Vector.ConditionalSelect(Vector.GreaterThan(xs[i], Vector<float>.Zero), xs[i], xs[i] * slopes);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) output[i] = x[i] > 0 ? x[i] : slope * x[i];
    }

    /// <summary>sum += gradient where x is above 0, else slope * gradient.</summary>
    public static void AddRectified(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, float slope, Span<float> sum)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x), gradients = Vectors(gradient);
        Span<Vector<float>> sums = Vectors(sum);
        Vector<float> slopes = new(slope);
        for (int i = 0; i < xs.Length; i++)
            sums[i] += Vector.ConditionalSelect(
                Vector.GreaterThan(xs[i], Vector<float>.Zero), gradients[i], gradients[i] * slopes);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
            sum[i] += x[i] > 0 ? gradient[i] : slope * gradient[i];
    }

    /// <summary>output = min(max(x, low), high).</summary>
    public static void Clip(ReadOnlySpan<float> x, float low, float high, Span<float> output)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x);
        Span<Vector<float>> outputs = Vectors(output);
        Vector<float> lows = new(low), highs = new(high);
        for (int i = 0; i < xs.Length; i++) outputs[i] = Vector.Min(Vector.Max(xs[i], lows), highs);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) output[i] = MathF.Min(MathF.Max(x[i], low), high);
    }

    /// <summary>sum += gradient where low is below x and x below high.</summary>
    public static void AddClipped(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, float low, float high, Span<float> sum)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x), gradients = Vectors(gradient);
        Span<Vector<float>> sums = Vectors(sum);
        Vector<float> lows = new(low), highs = new(high);
        for (int i = 0; i < xs.Length; i++)
            sums[i] += Vector.ConditionalSelect(
                Vector.GreaterThan(xs[i], lows) & Vector.LessThan(xs[i], highs), gradients[i], Vector<float>.Zero);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++)
            if (x[i] > low && x[i] < high) sum[i] += gradient[i];
    }

    /// <summary>sum += scale * x * y.</summary>
    public static void AddProduct(ReadOnlySpan<float> x, ReadOnlySpan<float> y, float scale, Span<float> sum)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x), ys = Vectors(y);
        Span<Vector<float>> sums = Vectors(sum);
        Vector<float> scales = new(scale);
        for (int i = 0; i < xs.Length; i++) sums[i] += xs[i] * ys[i] * scales;
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum[i] += x[i] * y[i] * scale;
    }

    /// <summary>The sum of x * y over the elements where x is not above 0.</summary>
    public static float DotBelowZero(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x), ys = Vectors(y);
        Vector<float> sums = Vector<float>.Zero;
        for (int i = 0; i < xs.Length; i++) sums += Vector.Min(xs[i], Vector<float>.Zero) * ys[i];
        float sum = Vector.Sum(sums);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum += MathF.Min(x[i], 0) * y[i];
        return sum;
    }

    /// <summary>sum += gradient * scale + x * slope + offset.</summary>
    public static void AddAffine(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, float scale, float slope, float offset, Span<float> sum)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x), gradients = Vectors(gradient);
        Span<Vector<float>> sums = Vectors(sum);
        Vector<float> scales = new(scale), slopes = new(slope), offsets = new(offset);
        for (int i = 0; i < xs.Length; i++) sums[i] += gradients[i] * scales + (xs[i] * slopes + offsets);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum[i] += gradient[i] * scale + (x[i] * slope + offset);
    }

    /// <summary>The sum of x - centre.</summary>
    public static float CentredSum(ReadOnlySpan<float> x, float centre)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x);
        Vector<float> centres = new(centre), sums = Vector<float>.Zero;
        foreach (Vector<float> vector in xs) sums += vector - centres;
        float sum = Vector.Sum(sums);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum += x[i] - centre;
        return sum;
    }

    /// <summary>The sum of x.</summary>
    public static float Sum(ReadOnlySpan<float> x)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x);
        Vector<float> sums = Vector<float>.Zero;
        foreach (Vector<float> vector in xs) sums += vector;
        float sum = Vector.Sum(sums);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum += x[i];
        return sum;
    }

    /// <summary>The sum of (x - centre) squared.</summary>
    public static float SumOfSquares(ReadOnlySpan<float> x, float centre)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x);
        Vector<float> centres = new(centre), sums = Vector<float>.Zero;
        foreach (Vector<float> vector in xs) sums += (vector - centres) * (vector - centres);
        float sum = Vector.Sum(sums);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum += (x[i] - centre) * (x[i] - centre);
        return sum;
    }

    /// <summary>The sum of (x - centre) * y.</summary>
    public static float CentredDot(ReadOnlySpan<float> x, float centre, ReadOnlySpan<float> y)
    {
        ReadOnlySpan<Vector<float>> xs = Vectors(x), ys = Vectors(y);
        Vector<float> centres = new(centre), sums = Vector<float>.Zero;
        for (int i = 0; i < xs.Length; i++) sums += (xs[i] - centres) * ys[i];
        float sum = Vector.Sum(sums);
        for (int i = xs.Length * Vector<float>.Count; i < x.Length; i++) sum += (x[i] - centre) * y[i];
        return sum;
    }

    private static ReadOnlySpan<Vector<float>> Vectors(ReadOnlySpan<float> span) => MemoryMarshal.Cast<float, Vector<float>>(span);

    private static Span<Vector<float>> Vectors(Span<float> span) => MemoryMarshal.Cast<float, Vector<float>>(span);
}
