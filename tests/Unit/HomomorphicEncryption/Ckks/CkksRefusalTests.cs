using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

/// <summary>What does not fit fails by name, and names both sides.</summary>
public sealed class CkksRefusalTests(CkksKit kit) : IClassFixture<CkksKit>
{
    private readonly CkksEvaluator _evaluator = kit.Evaluator;
    private readonly double[] _x = kit.Signs("x");

    [Fact]
    public void Operands_of_different_levels_are_refused()
    {
        using CkksCiphertext three = kit.Encrypt(_x), two = kit.Encrypt(_x, level: 2);
        using CkksPlaintext plain = kit.Encode(_x, level: 2);
        using CkksProduct product = _evaluator.Multiply(three, three);
        foreach (Action action in new Action[]
        {
            () => _evaluator.Add(three, two), () => _evaluator.Subtract(three, two), () => _evaluator.Multiply(three, two),
            () => _evaluator.Add(three, plain), () => _evaluator.Subtract(three, plain), () => _evaluator.Multiply(three, plain),
            () => _evaluator.MultiplyAdd(two, two, product),
        })
        {
            string message = Assert.Throws<ParameterException>(action).Message;
            Assert.Matches("equal levels, not (3 and 2|2 and 3)", message);
        }
    }

    [Fact]
    public void Operands_of_different_scales_are_refused()
    {
        using CkksCiphertext a = kit.Encrypt(_x), b = kit.Encrypt(_x, CkksKit.Scale * (1 + 1e-14));
        using CkksPlaintext plain = kit.Encode(_x, 2 * CkksKit.Scale);
        using CkksCiphertext sum = _evaluator.Multiply(a, plain);
        CkksEstimate before = sum.Estimate;
        foreach (Action action in new Action[]
        {
            () => _evaluator.Add(a, b), () => _evaluator.Subtract(a, b), () => _evaluator.Add(a, plain), () => _evaluator.Subtract(a, plain),
            () => _evaluator.MultiplyAdd(b, plain, sum), () => _evaluator.MultiplyAdd(a, 1, CkksKit.Scale, sum),
        })
            Assert.Contains("equal scales, not", Assert.Throws<ParameterException>(action).Message);
        Assert.Equal(before, sum.Estimate);
    }

    [Fact]
    public void Scales_that_differ_by_rounding_are_the_same()
    {
        using CkksCiphertext a = kit.Encrypt(_x), b = kit.Encrypt(_x, CkksKit.Scale * (1 + 1e-15));
        using CkksCiphertext sum = _evaluator.Add(a, b);
        Assert.InRange(kit.NoiseRatio(sum, [.. _x.Select(x => 2 * x)]), 0.9, 1.1);
    }

    [Fact]
    public void Results_that_would_wrap_are_refused()
    {
        using CkksCiphertext low = kit.Encrypt(_x, level: 1), mid = kit.Encrypt(_x, Math.ScaleB(1, 48), 1);
        Assert.Contains("level 1 has", Assert.Throws<ParameterException>(() => _evaluator.Multiply(low, low)).Message);
        Assert.Throws<ParameterException>(() => _evaluator.Add(mid, mid));
        Assert.Throws<ParameterException>(() => _evaluator.Multiply(mid, 1, 4));
        using CkksCiphertext high = kit.Encrypt(_x, Math.ScaleB(1, 80));
        Assert.Throws<ParameterException>(() => _evaluator.SwitchLevel(high, 1));
    }

    [Fact]
    public void Levels_do_not_rise_nor_fall_below_one()
    {
        using CkksCiphertext low = kit.Encrypt(_x, level: 1);
        Assert.Contains("no prime is left", Assert.Throws<ParameterException>(() => _evaluator.Rescale(low)).Message);
        Assert.Contains("cannot be raised", Assert.Throws<ParameterException>(() => _evaluator.SwitchLevel(low, 2)).Message);
        Assert.Throws<ParameterException>(() => _evaluator.SwitchLevel(low, 0));
    }

    [Fact]
    public void Elements_of_other_contexts_or_disposed_ones_are_refused()
    {
        using CkksKit other = new();
        using CkksCiphertext mine = kit.Encrypt(_x), theirs = other.Encrypt(_x);
        Assert.Throws<ArgumentException>(() => _evaluator.Add(mine, theirs));
        Assert.Throws<ArgumentException>(() => kit.Decryptor.Decrypt(theirs));
        Assert.Throws<ArgumentException>(() => _evaluator.Add(theirs, theirs));
        Assert.Throws<ArgumentException>(() => _evaluator.Multiply(theirs, theirs));
        Assert.Throws<ArgumentException>(() => _evaluator.Rescale(theirs));
        Assert.Throws<ArgumentException>(() => _evaluator.SwitchLevel(theirs, 1));
        Assert.Throws<ArgumentException>(() => _evaluator.Rotate(theirs, 1, kit.Galois));
        Assert.Throws<ArgumentException>(() => _evaluator.Rotate(mine, 1, other.Galois));
        Assert.Throws<ArgumentException>(() => _evaluator.Decompose(theirs));
        Assert.Throws<ArgumentException>(() => new CkksSerializer(kit.Context).Write(theirs));
        using CkksPlaintext plaintext = other.Encode(_x);
        Assert.Throws<ArgumentException>(() => kit.Encryptor.Encrypt(plaintext));
        Assert.Throws<ArgumentException>(() => kit.Encoder.Decode(plaintext, new double[1]));
        theirs.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Decryptor.Decrypt(theirs));
        Assert.Throws<ArgumentException>(() => _evaluator.MultiplyAdd(mine, 1, 1, mine));
    }

    [Fact]
    public void Parameters_without_security_or_sense_are_refused()
    {
        Assert.Contains("128 bits of security", Refusal(CkksParameterSpec.Of(8192, 4, 50, 50)));
        Assert.Contains("128 bits of security", Refusal(CkksParameterSpec.Of(4096, 2, 40, 50)));
        Assert.Contains("is not between", Refusal(CkksParameterSpec.Of(2048, 1, 45, 45)));
        Assert.Contains("is not between", Refusal(CkksParameterSpec.Of(65536, 1, 45, 50)));
        Assert.Contains("at least one prime", Refusal(new CkksParameterSpec(8192, [], NttPrimes.Values[0])));
        Assert.Contains("must differ", Refusal(new CkksParameterSpec(8192, [NttPrimes.Values[0]], NttPrimes.Values[0])));
        Assert.Contains("above the special prime", Refusal(new CkksParameterSpec(8192, [NttPrimes.Values[0]], NttPrimes.Values[1])));
        Assert.Contains("fewer than 40 bits", Refusal(new CkksParameterSpec(8192, NttPrimes.Largest(39, 8192, 1, []), NttPrimes.Values[0])));
        Assert.Throws<ParameterException>(() => CkksParameters.Create(new CkksParameterSpec(8192, [(1UL << 45) + 1], NttPrimes.Values[0])));
    }

    [Theory]
    [InlineData(4096, 1, 50, 50)]
    [InlineData(8192, 3, 50, 50)]
    [InlineData(16384, 7, 50, 50)]
    [InlineData(16384, 8, 45, 50)]
    [InlineData(32768, 16, 50, 50)]
    public void Parameters_within_the_table_are_accepted(int degree, int levels, int innerBits, int outerBits)
    {
        CkksParameters parameters = CkksParameters.Create(CkksParameterSpec.Of(degree, levels, innerBits, outerBits));
        Assert.Equal((degree, levels), (parameters.Degree, parameters.Levels));
    }

    private static string Refusal(CkksParameterSpec spec) => Assert.Throws<ParameterException>(() => CkksParameters.Create(spec)).Message;
}
