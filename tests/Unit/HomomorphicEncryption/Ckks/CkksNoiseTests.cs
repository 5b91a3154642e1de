using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

/// <summary>The noise of every operation is the predicted one, and every number is within the stated bound.</summary>
public sealed class CkksNoiseTests(CkksKit kit) : IClassFixture<CkksKit>
{
    private readonly CkksEvaluator _evaluator = kit.Evaluator;
    private readonly double[] _x = kit.Signs("x"), _y = kit.Signs("y");
    private readonly double _low = 0.9, _high = 1.1;

    [Fact]
    public void Of_encoding()
    {
        using CkksPlaintext plaintext = kit.Encode(_x);
        Assert.InRange(kit.NoiseRatio(plaintext, _x), _low, _high);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Of_encryption_under_the_secret_key(int level)
    {
        using CkksCiphertext ciphertext = kit.Encrypt(_x, level: level);
        Assert.InRange(kit.NoiseRatio(ciphertext, _x), _low, _high);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Of_encryption_under_the_public_key(int level)
    {
        using CkksPlaintext plaintext = kit.Encode(_x, level: level);
        using CkksCiphertext ciphertext = new CkksPublicEncryptor(kit.Public, kit.Randomness).Encrypt(plaintext);
        Assert.InRange(kit.NoiseRatio(ciphertext, _x), _low, _high);
    }

    [Fact]
    public void Of_sums_and_differences()
    {
        using CkksCiphertext x = kit.Encrypt(_x), y = kit.Encrypt(_y);
        using CkksPlaintext plain = kit.Encode(_y);
        using CkksCiphertext sum = _evaluator.Add(x, y), difference = _evaluator.Subtract(x, y), doubled = _evaluator.Add(x, x);
        using CkksCiphertext plainSum = _evaluator.Add(x, plain), plainDifference = _evaluator.Subtract(x, plain);
        double[] added = [.. _x.Zip(_y, (a, b) => a + b)], subtracted = [.. _x.Zip(_y, (a, b) => a - b)];
        Assert.InRange(kit.NoiseRatio(sum, added), _low, _high);
        Assert.InRange(kit.NoiseRatio(difference, subtracted), _low, _high);
        Assert.InRange(kit.NoiseRatio(doubled, [.. _x.Select(a => 2 * a)]), _low, _high);
        Assert.InRange(kit.NoiseRatio(plainSum, added), _low, _high);
        Assert.InRange(kit.NoiseRatio(plainDifference, subtracted), _low, _high);
        Assert.Equal(2, sum.Estimate.Magnitude);
    }

    [Fact]
    public void Of_products_with_plaintexts()
    {
        using CkksCiphertext x = kit.Encrypt(_x);
        using CkksPlaintext y = kit.Encode(_y, kit.Parameters.Primes[2]);
        using CkksCiphertext product = _evaluator.Multiply(x, y), rescaled = _evaluator.Rescale(product);
        double[] expected = [.. _x.Zip(_y, (a, b) => a * b)];
        Assert.InRange(kit.NoiseRatio(product, expected), _low, _high);
        Assert.InRange(kit.NoiseRatio(rescaled, expected), _low, _high);
        Assert.Equal(CkksKit.Scale, rescaled.Scale);
        _evaluator.MultiplyAdd(x, y, product);
        Assert.InRange(kit.NoiseRatio(product, [.. expected.Select(a => 2 * a)]), 1.2, 1.5);
    }

    [Fact]
    public void Of_products_with_constants()
    {
        using CkksCiphertext x = kit.Encrypt(_x);
        using CkksCiphertext product = _evaluator.Multiply(x, -0.7, Math.ScaleB(1, 30)), coarse = _evaluator.Multiply(x, 0.7, 256);
        Assert.InRange(kit.NoiseRatio(product, [.. _x.Select(a => -0.7 * a)]), 0.1, _high);
        Assert.InRange(kit.NoiseRatio(coarse, [.. _x.Select(a => 0.7 * a)]), 0.1, _high);
        using CkksCiphertext y = kit.Encrypt(_y);
        _evaluator.MultiplyAdd(y, 0.5, Math.ScaleB(1, 30), product);
        Assert.InRange(kit.NoiseRatio(product, [.. _x.Zip(_y, (a, b) => -0.7 * a + 0.5 * b)]), 0.1, _high);
    }

    [Fact]
    public void Of_sums_with_constants()
    {
        using CkksCiphertext x = kit.Encrypt(_x), coarse = kit.Encrypt(_x, 1024);
        using CkksCiphertext sum = _evaluator.Add(x, -0.7), coarseSum = _evaluator.Add(coarse, 2.3);
        Assert.InRange(kit.NoiseRatio(sum, [.. _x.Select(a => a - 0.7)]), _low, _high);
        Assert.InRange(kit.NoiseRatio(coarseSum, [.. _x.Select(a => a + 2.3)]), _low, _high);
        Assert.Equal((3, CkksKit.Scale, 1.7), (sum.Level, sum.Scale, sum.Estimate.Magnitude));
    }

    [Fact]
    public void Of_rescaling_where_rounding_is_all_there_is()
    {
        using CkksCiphertext x = kit.Encrypt(_x, Math.ScaleB(1, 70));
        using CkksCiphertext rescaled = _evaluator.Rescale(x);
        Assert.InRange(kit.NoiseRatio(rescaled, _x), _low, _high);
        Assert.Equal(2, rescaled.Level);
    }

    [Fact]
    public void Of_products_relinearised_in_any_order()
    {
        using CkksCiphertext x = kit.Encrypt(_x), y = kit.Encrypt(_y);
        using CkksProduct product = _evaluator.Multiply(x, y), square = _evaluator.Multiply(x, x);
        using CkksCiphertext relinearised = _evaluator.Relinearize(product, kit.Relinearization), rescaled = _evaluator.Rescale(relinearised);
        using CkksCiphertext both = _evaluator.RelinearizeAndRescale(product, kit.Relinearization);
        using CkksCiphertext squared = _evaluator.RelinearizeAndRescale(square, kit.Relinearization);
        double[] expected = [.. _x.Zip(_y, (a, b) => a * b)];
        Assert.InRange(kit.NoiseRatio(relinearised, expected), _low, _high);
        Assert.InRange(kit.NoiseRatio(rescaled, expected), _low, _high);
        Assert.InRange(kit.NoiseRatio(both, expected), _low, _high);
        Assert.InRange(kit.NoiseRatio(squared, [.. _x.Select(a => a * a)]), _low, _high);
        Assert.Equal(rescaled.Scale, both.Scale);
        _evaluator.MultiplyAdd(x, x, product);
        using CkksCiphertext sum = _evaluator.RelinearizeAndRescale(product, kit.Relinearization);
        Assert.InRange(kit.NoiseRatio(sum, [.. expected.Zip(_x, (a, b) => a + b * b)]), 0.8, _high);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public void Of_key_switching_alone(int level, int steps)
    {
        // At this scale fresh noise is a small part of what a rotation adds.
        using CkksCiphertext x = kit.Encrypt(_x, level: level);
        using CkksCiphertext rotated = _evaluator.Rotate(x, steps, kit.Galois);
        Assert.True(rotated.Estimate.Deviation > 8 * x.Estimate.Deviation);
        Assert.InRange(kit.NoiseRatio(rotated, [.. _x[steps..], .. _x[..steps]]), _low, _high);
    }

    [Fact]
    public void Of_lower_levels()
    {
        using CkksCiphertext x = kit.Encrypt(_x);
        using CkksCiphertext lower = _evaluator.SwitchLevel(x, 1);
        Assert.Equal((1, x.Estimate), (lower.Level, lower.Estimate));
        Assert.InRange(kit.NoiseRatio(lower, _x), _low, _high);
    }
}
