using Blindsight.Arithmetic.Matrices;

namespace Blindsight.Unit.Arithmetic.Matrices;

public sealed class FloatMatrixTests
{
    private delegate void Path(
        int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, bool transposeA, bool transposeB);

    [Theory]
    [InlineData("scalar")]
    [InlineData("vector256")]
    [InlineData("vector512")]
    public void Every_path_agrees_with_the_sum_of_products_at_every_tail(string name)
    {
        if (PathNamed(name) is not { } path) return;
        foreach (int m in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 17])
            for (int n = 1; n <= 50; n++)
                foreach (int k in (int[])[1, 3, 16])
                    Check(path, m, n, k, transposes: (m + n + k) & 3);
        foreach (int n in (int[])[95, 96, 97, 145])
            for (int transposes = 0; transposes < 4; transposes++) Check(path, 19, n, 33, transposes);
    }

    [Theory]
    [InlineData("scalar")]
    [InlineData("vector256")]
    [InlineData("vector512")]
    public void Every_path_agrees_across_blocks(string name)
    {
        if (PathNamed(name) is not { } path) return;
        for (int transposes = 0; transposes < 4; transposes++)
        {
            Check(path, 9, 1000, 5, transposes);
            Check(path, 13, 49, 515, transposes);
            Check(path, 5, 1921, 257, transposes);
        }
    }

    [Fact]
    public void The_product_replaces_or_adds()
    {
        float[] a = [1, 2, 3, 4, 5, 6], b = [1, 0, 0, 1, 1, 1], c = [10, 20, 30, 40, 50];
        FloatMatrix.Multiply(2, 2, 3, a, b, c, accumulate: true);
        Assert.Equal([14f, 25, 40, 51, 50], c);
        FloatMatrix.Multiply(2, 2, 3, a, b, c);
        Assert.Equal([4f, 5, 10, 11, 50], c);
        FloatMatrix.Multiply(2, 2, 0, a, b, c, accumulate: true);
        Assert.Equal([4f, 5, 10, 11, 50], c);
        FloatMatrix.Multiply(2, 2, 0, a, b, c);
        Assert.Equal([0f, 0, 0, 0, 50], c);
        FloatMatrix.Multiply(0, 5, 3, [], new float[15], []);
    }

    [Fact]
    public void Wrong_spans_are_refused()
    {
        float[] four = new float[4], three = new float[3], whole = new float[8];
        Assert.Throws<ArgumentException>(() => FloatMatrix.Multiply(2, 2, 2, three, four, new float[4]));
        Assert.Throws<ArgumentException>(() => FloatMatrix.Multiply(2, 2, 2, four, three, new float[4]));
        Assert.Throws<ArgumentException>(() => FloatMatrix.Multiply(2, 2, 2, four, four, new float[3]));
        Assert.Throws<ArgumentException>(() => FloatMatrix.Multiply(-1, 2, 2, four, four, new float[4]));
        Assert.Throws<ArgumentException>(() => FloatMatrix.Multiply(2, 2, 2, whole.AsSpan(1), four, whole));
        Assert.Throws<ArgumentException>(() => FloatMatrix.Multiply(1 << 20, 1 << 20, 0, [], [], []));
    }

    private static Path? PathNamed(string name) => name switch
    {
        "vector512" => FloatMatrix.IsVector512Supported ? FloatMatrix.AddVector512 : null,
        "vector256" => FloatMatrix.IsVector256Supported ? FloatMatrix.AddVector256 : null,
        _ => FloatMatrix.AddScalar,
    };

    /// <summary>Small integers, so that every sum is exact in any order; c has guards on both sides.</summary>
    private static void Check(Path path, int m, int n, int k, int transposes)
    {
        bool transposeA = (transposes & 1) != 0, transposeB = (transposes & 2) != 0;
        Random random = new(m * 10007 + n * 101 + k);
        float[] a = Integers(random, m * k), b = Integers(random, k * n), c = Integers(random, m * n + 16);
        float[] expected = [.. c];
        for (int i = 0; i < m; i++)
            for (int p = 0; p < k; p++)
            {
                float factor = transposeA ? a[p * m + i] : a[i * k + p];
                for (int j = 0; j < n; j++) expected[8 + i * n + j] += factor * (transposeB ? b[j * k + p] : b[p * n + j]);
            }
        path(m, n, k, a, b, c.AsSpan(8, m * n), transposeA, transposeB);
        Assert.True(expected.AsSpan().SequenceEqual(c), $"{m} x {k} by {k} x {n}, transposes {transposes}");
    }

    private static float[] Integers(Random random, int count)
    {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) numbers[i] = random.Next(-9, 10);
        return numbers;
    }
}
