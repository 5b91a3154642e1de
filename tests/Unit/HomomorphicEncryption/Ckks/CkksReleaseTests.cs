using Blindsight.Arithmetic;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

public sealed class CkksReleaseTests(CkksKit kit) : IClassFixture<CkksKit>
{
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(1000)]
    [InlineData(123456789)]
    [InlineData(1e14)]
    public void Wide_noise_is_a_Gaussian_of_the_stated_deviation(double deviation)
    {
        double[] noise = new double[16384];
        WideGaussian.Add(kit.Randomness, deviation, noise);
        double stated = WideGaussian.DeviationFor(deviation);
        Assert.InRange(stated, Math.Max(16, deviation), Math.Max(16, (deviation >= 128 ? 1.1 : 1.6) * deviation));
        double Moment(int power) => noise.Average(value => Math.Pow(value / stated, power));
        Assert.InRange(Moment(1), -0.05, 0.05);
        Assert.InRange(Moment(2), 0.94, 1.06);
        Assert.InRange(Moment(3), -0.15, 0.15);
        Assert.InRange(Moment(4), 2.7, 3.3);
        Assert.InRange(noise.Count(value => Math.Abs(value) > 3 * stated), 15, 85);
        Assert.All(noise, value => Assert.Equal(Math.Round(value), value));
    }

    [Fact]
    public void Noise_too_wide_to_draw_is_refused()
    {
        Assert.Throws<ParameterException>(() => WideGaussian.Add(kit.Randomness, 1e15, new double[8]));
        Assert.Throws<ParameterException>(() => WideGaussian.Add(kit.Randomness, double.NaN, new double[8]));
    }

    [Fact]
    public void Released_results_carry_the_flood_that_is_stated()
    {
        double[] x = kit.Signs("x");
        using CkksCiphertext ciphertext = kit.Encrypt(x, Math.ScaleB(1, 60));
        CkksRelease release = new(kit.Secret, 10, 40, kit.Randomness);
        using CkksPlaintext released = release.Decrypt(ciphertext);
        double factor = Math.Sqrt(12 * 10 * 2048) * (1 << 20);
        Assert.InRange(released.Estimate.Deviation / ciphertext.Estimate.Deviation, factor, 1.1 * factor);
        Assert.InRange(kit.NoiseRatio(released, x), 0.9, 1.1);
        Assert.Equal(release.EstimateOf(ciphertext.Estimate), released.Estimate);
        Assert.Equal(9, release.Remaining);
    }

    [Fact]
    public void Two_releases_of_one_ciphertext_differ_and_are_counted()
    {
        double[] x = kit.Signs("x"), first = new double[kit.Slots], second = new double[kit.Slots];
        using CkksCiphertext ciphertext = kit.Encrypt(x, Math.ScaleB(1, 60));
        CkksRelease release = new(kit.Secret, 2, 30, kit.Randomness);
        using (CkksPlaintext released = release.Decrypt(ciphertext)) kit.Encoder.Decode(released, first);
        using (CkksPlaintext released = release.Decrypt(ciphertext)) kit.Encoder.Decode(released, second);
        Assert.NotEqual(first, second);
        Assert.Throws<InvalidOperationException>(() => release.Decrypt(ciphertext));
    }

    [Fact]
    public void Floods_that_wrap_and_promises_that_mean_nothing_are_refused()
    {
        using CkksCiphertext low = kit.Encrypt(kit.Signs("x"), level: 1);
        CkksRelease release = new(kit.Secret, 20000, 60, kit.Randomness);
        Assert.Contains("level 1 has", Assert.Throws<ParameterException>(() => release.Decrypt(low)).Message);
        Assert.Equal(20000, release.Remaining);
        Assert.Throws<ParameterException>(() => new CkksRelease(kit.Secret, 0, 40, kit.Randomness));
        Assert.Throws<ParameterException>(() => new CkksRelease(kit.Secret, 1, 29, kit.Randomness));
        Assert.Throws<ParameterException>(() => new CkksRelease(kit.Secret, 1, 65, kit.Randomness));
    }
}
