using System.Numerics;

namespace Blindsight.Enclave.Integrity;

/// <summary>Products of a few rows with the numbers of all images.</summary>
public static class ProjectionSums
{
    /// <summary>sums[row * images + i] += sign * sum over e of rows[row * elements + e] * numbers[e * images + i].</summary>
    /// <param name="rows">Rows times elements numbers.</param>
    /// <param name="numbers">Elements times images.</param>
    /// <param name="sums">Rows times images.</param>
    public static void Add(ReadOnlySpan<double> rows, ReadOnlySpan<double> numbers, int images, double sign, Span<double> sums)
    {
        int elements = numbers.Length / images, count = sums.Length / images;
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<double> weights = rows.Slice(row * elements, elements);
            Span<double> to = sums.Slice(row * images, images);
            if (images == 1) to[0] += sign * Dot(weights, numbers);
            else
                for (int e = 0; e < elements; e++) AddScaled(numbers.Slice(e * images, images), sign * weights[e], to);
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector<double> sum = Vector<double>.Zero;
        int whole = a.Length / Vector<double>.Count * Vector<double>.Count;
        for (int i = 0; i < whole; i += Vector<double>.Count) sum += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
        double total = Vector.Sum(sum);
        for (int i = whole; i < a.Length; i++) total += a[i] * b[i];
        return total;
    }

    private static void AddScaled(ReadOnlySpan<double> x, double factor, Span<double> to)
    {
        Vector<double> factors = new(factor);
        int whole = x.Length / Vector<double>.Count * Vector<double>.Count;
        for (int i = 0; i < whole; i += Vector<double>.Count)
            (new Vector<double>(to[i..]) + new Vector<double>(x[i..]) * factors).CopyTo(to[i..]);
        for (int i = whole; i < x.Length; i++) to[i] += x[i] * factor;
    }
}
