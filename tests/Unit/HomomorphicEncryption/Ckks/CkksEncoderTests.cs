using System.Numerics;
using Blindsight.Arithmetic;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

public sealed class CkksEncoderTests(CkksKit kit) : IClassFixture<CkksKit>
{
    [Theory]
    [InlineData(20, 1)]
    [InlineData(40, 1)]
    [InlineData(48, 1)]
    [InlineData(49, 2)]
    [InlineData(60, 2)]
    [InlineData(93, 2)]
    [InlineData(94, 3)]
    public void Numbers_come_back_to_within_the_stated_bound_at_any_scale(int scaleBits, int level)
    {
        double[] x = kit.Numbers("x", 1), back = new double[kit.Slots];
        for (; level <= 3; level++)
        {
            using CkksPlaintext plaintext = kit.Encode(x, Math.ScaleB(1, scaleBits), level);
            kit.Encoder.Decode(plaintext, back);
            for (int i = 0; i < x.Length; i++) Assert.Equal(x[i], back[i], plaintext.ErrorBound);
            Assert.InRange(plaintext.ErrorBound, 1e-15, 2.5e-14 + 90 * Math.ScaleB(1, -scaleBits));
        }
    }

    [Fact]
    public void Slots_that_are_not_given_hold_zero()
    {
        using CkksPlaintext plaintext = kit.Encode([0.5, -0.25]);
        double[] real = new double[kit.Slots], imaginary = new double[kit.Slots];
        kit.Encoder.Decode(plaintext, real, imaginary);
        Assert.Equal(0.5, real[0], plaintext.ErrorBound);
        Assert.Equal(-0.25, real[1], plaintext.ErrorBound);
        Assert.All(real[2..], value => Assert.Equal(0, value, plaintext.ErrorBound));
        Assert.All(imaginary, value => Assert.Equal(0, value, plaintext.ErrorBound));
        double[] few = new double[1];
        kit.Encoder.Decode(plaintext, few);
        Assert.Equal(real[0], few[0]);
    }

    [Fact]
    public void Numbers_larger_than_declared_are_refused()
    {
        foreach (double bad in new[] { 1.0001, -1.0001, double.NaN, double.PositiveInfinity, double.NegativeInfinity })
            Assert.Throws<ArgumentException>(() => kit.Encoder.Encode([0, bad], 1, CkksKit.Scale, 1));
        Assert.Throws<ArgumentException>(() => kit.Encoder.Encode([0.8], [0.8], 1, CkksKit.Scale, 1));
        Assert.Throws<ArgumentException>(() => kit.Encoder.Encode([0], double.NaN, CkksKit.Scale, 1));
        Assert.Throws<ArgumentException>(() => kit.Encoder.Encode(new double[kit.Slots + 1], 1, CkksKit.Scale, 1));
        Assert.Throws<ArgumentException>(() => kit.Encoder.Encode([0], [0, 0], 1, CkksKit.Scale, 1));
        kit.Encoder.Encode([1, -1], 1, CkksKit.Scale, 1).Dispose();
        kit.Encoder.Encode([0.6], [-0.8], 1, CkksKit.Scale, 1).Dispose();
    }

    [Fact]
    public void Messages_that_do_not_fit_a_level_are_refused()
    {
        string message = Assert.Throws<ParameterException>(() => kit.Encode([1], Math.ScaleB(1, 49), 1)).Message;
        Assert.Contains("level 1 has 50.0", message);
        Assert.Throws<ParameterException>(() => kit.Encode([1], Math.ScaleB(1, 94), 2));
        Assert.Contains("too large to encode", Assert.Throws<ParameterException>(() => kit.Encode([1], Math.ScaleB(1, 95), 3)).Message);
        using CkksCiphertext one = kit.Encrypt([1], 2);
        Assert.Throws<ParameterException>(() => kit.Evaluator.Multiply(one, 1, Math.ScaleB(1, 96)));
        Assert.Throws<ParameterException>(() => kit.Evaluator.Add(one, double.NaN));
        Assert.Throws<ParameterException>(() => kit.Encode([1], 0.5, 1));
        Assert.Throws<ParameterException>(() => kit.Encode([1], double.NaN, 1));
        Assert.Throws<ParameterException>(() => kit.Encode([1], CkksKit.Scale, 0));
        Assert.Throws<ParameterException>(() => kit.Encode([1], CkksKit.Scale, 4));
    }
}
