using Blindsight.Arithmetic.Matrices;

namespace Blindsight.Unit.Arithmetic.Matrices;

public sealed class ShiftedProductTests
{
    private delegate void Multiply(int m, int n, ReadOnlySpan<float> a, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c);

    private delegate void AddSums(
        int m, int n, ReadOnlySpan<float> y, int stride, ReadOnlySpan<int> offsets, ReadOnlySpan<float> x, Span<float> c);

    [Theory]
    [InlineData("scalar")]
    [InlineData("vector256")]
    [InlineData("vector512")]
    public void Every_path_multiplies_exactly_at_every_tail(string name)
    {
        if (PathNamed(name) is not (Multiply path, _)) return;
        foreach (int m in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 17])
            for (int n = 1; n <= 110; n++)
                foreach (int k in (int[])[1, 2, 27]) Check(path, m, n, k);
        Check(path, 9, 1001, 5);
    }

    [Theory]
    [InlineData("scalar")]
    [InlineData("vector256")]
    [InlineData("vector512")]
    public void Every_path_sums_exactly_at_every_tail_and_across_blocks(string name)
    {
        if (PathNamed(name) is not (_, AddSums path)) return;
        foreach (int m in (int[])[1, 2, 3, 4, 5, 8, 9])
            for (int n = 1; n <= 50; n++)
                foreach (int k in (int[])[1, 2, 5, 6, 7, 13]) Check(path, m, n, k);
        foreach (int n in (int[])[2047, 2048, 2049, 4100]) Check(path, 5, n, 7);
    }

    [Fact]
    public void Nothing_in_gives_zeros_or_leaves_the_sums()
    {
        float[] c = [1, 2, 3, 4];
        ShiftedProduct.AddSums(2, 0, [], 0, [0, 0], [], c);
        Assert.Equal([1f, 2, 3, 4], c);
        ShiftedProduct.Multiply(1, 3, [], [], [], c);
        Assert.Equal([0f, 0, 0, 4], c);
        ShiftedProduct.Multiply(0, 5, [], [1], new float[6], []);
    }

    [Fact]
    public void Wrong_spans_and_offsets_are_refused()
    {
        float[] x = new float[10], a = new float[4], whole = new float[20];
        Assert.Throws<ArgumentException>(() => ShiftedProduct.Multiply(2, 4, a, [0, 7], x, new float[8]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.Multiply(2, 4, a, [0, -1], x, new float[8]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.Multiply(2, 4, a, [0, int.MaxValue], x, new float[8]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.Multiply(2, 4, a, [0, 1, 2], x, new float[8]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.Multiply(2, 4, a, [0, 1], x, new float[7]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.Multiply(-1, 4, a, [0, 1], x, new float[8]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.Multiply(2, 4, a, [0, 1], whole.AsSpan(0, 10), whole.AsSpan(9, 8)));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.AddSums(2, 4, x, 3, [0], x, new float[2]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.AddSums(2, 4, x, 7, [0], x, new float[2]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.AddSums(2, 4, x, 5, [7], x, new float[2]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.AddSums(2, 4, x, 5, [0], x, new float[1]));
        Assert.Throws<ArgumentException>(() => ShiftedProduct.AddSums(2, 4, whole, 5, [0], x, whole.AsSpan(8, 2)));
    }

    private static (Multiply, AddSums)? PathNamed(string name) => name switch
    {
        "vector512" => FloatMatrix.IsVector512Supported ? (ShiftedProduct.MultiplyVector512, ShiftedProduct.AddSumsVector512) : null,
        "vector256" => FloatMatrix.IsVector256Supported ? (ShiftedProduct.MultiplyVector256, ShiftedProduct.AddSumsVector256) : null,
        _ => (ShiftedProduct.MultiplyScalar, ShiftedProduct.AddSumsScalar),
    };

    /// <summary>Small integers, so that every sum is exact in any order; c has guards on both sides, x none.</summary>
    private static void Check(Multiply path, int m, int n, int k)
    {
        Random random = new(m * 10007 + n * 101 + k);
        float[] a = Integers(random, m * k), x = Integers(random, n + 40), c = Integers(random, m * n + 16), expected = [.. c];
        int[] offsets = Offsets(random, k);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                expected[8 + i * n + j] = Enumerable.Range(0, k).Sum(p => a[i * k + p] * x[offsets[p] + j]);
        path(m, n, a, offsets, x, c.AsSpan(8, m * n));
        Assert.True(expected.AsSpan().SequenceEqual(c), $"{m} x {k} by {k} x {n}");
    }

    private static void Check(AddSums path, int m, int n, int k)
    {
        Random random = new(m * 10007 + n * 101 + k);
        int stride = n + m % 3;
        float[] y = Integers(random, (m - 1) * stride + n), x = Integers(random, n + 40), c = Integers(random, m * k + 16), expected = [.. c];
        int[] offsets = Offsets(random, k);
        for (int i = 0; i < m; i++)
            for (int p = 0; p < k; p++)
                expected[8 + i * k + p] += Enumerable.Range(0, n).Sum(j => y[i * stride + j] * x[offsets[p] + j]);
        path(m, n, y, stride, offsets, x, c.AsSpan(8, m * k));
        Assert.True(expected.AsSpan().SequenceEqual(c), $"{m} x {n} by {n} x {k}");
    }

    /// <summary>Offsets up to 40, the first and the last that are possible among them.</summary>
    private static int[] Offsets(Random random, int k)
    {
        int[] offsets = [.. Enumerable.Range(0, k).Select(_ => random.Next(41))];
        offsets[0] = 40;
        if (k > 1) offsets[k - 1] = 0;
        return offsets;
    }

    private static float[] Integers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-9, 10))];
}
