using Blindsight.Arithmetic;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

/// <summary>Secure parameters, and a circuit down to the last level: results within the stated bound of floats.</summary>
public sealed class CkksCircuitTests
{
    [Fact]
    public void A_layer_and_a_polynomial_are_within_the_stated_bound_of_floats()
    {
        using CkksKit kit = new(CkksParameters.Create(CkksParameterSpec.Of(8192, 3, 45, 50)));
        double[] x = kit.Numbers("x", 1), w = kit.Numbers("w", 1), v = kit.Numbers("v", 1);
        double[] y = [.. x.Select((_, i) => w[i] * x[i] + v[i] * x[(i + 2) % kit.Slots])];
        using CkksCiphertext input = kit.Encrypt(x);
        using CkksDecomposition decomposition = kit.Evaluator.Decompose(input);
        using CkksCiphertext rotated = kit.Evaluator.Rotate(decomposition, 2, kit.Galois);
        double scale = kit.Parameters.Primes[2];
        using CkksPlaintext first = kit.Encode(w, scale), second = kit.Encode(v, scale);
        using CkksCiphertext sum = kit.Evaluator.Multiply(input, first);
        kit.Evaluator.MultiplyAdd(rotated, second, sum);
        using CkksCiphertext layer = kit.Evaluator.Rescale(sum);
        Assert.InRange(kit.NoiseRatio(layer, y), 0.2, 1.1);
        using CkksProduct square = kit.Evaluator.Multiply(layer, layer);
        using CkksCiphertext squared = kit.Evaluator.RelinearizeAndRescale(square, kit.Relinearization);
        Assert.InRange(kit.NoiseRatio(squared, [.. y.Select(value => value * value)]), 0.1, 1.1);
        Assert.Equal(1, squared.Level);
        Assert.InRange(squared.ErrorBound, 1e-9, 1e-4);
    }

    [Fact]
    public void Secrets_are_ternary_and_differ()
    {
        using CkksKit kit = new(CkksParameters.CreateToy(CkksParameterSpec.Of(1024, 1, 45, 50)));
        using CkksSecretKey other = CkksSecretKey.Create(kit.Context, kit.Randomness);
        double[] s = [.. kit.Secret.Transform(0)], t = [.. other.Transform(0)];
        kit.Parameters.Transforms[0].Inverse(s);
        kit.Parameters.Transforms[0].Inverse(t);
        Assert.Equal([-1, 0, 1], s.Distinct().Order());
        Assert.InRange(s.Sum(Math.Abs), 600, 760);
        Assert.NotEqual(s, t);
    }

    [Fact]
    public void Disposal_clears_plaintexts_before_their_memory_serves_again()
    {
        using CkksKit kit = new(CkksParameters.CreateToy(CkksParameterSpec.Of(1024, 1, 45, 50)));
        CkksPlaintext plaintext = kit.Encode(kit.Signs("x"), level: 1);
        plaintext.Dispose();
        List<Blindsight.Arithmetic.Memory.AlignedBuffer<double>> rented = [.. Enumerable.Range(0, 20).Select(_ => kit.Context.Rent(1024))];
        Assert.All(rented, buffer => Assert.All(buffer.Span.ToArray(), value => Assert.Equal(0, value)));
        Assert.Throws<ObjectDisposedException>(() => kit.Encryptor.Encrypt(plaintext));
        rented.ForEach(buffer => buffer.Dispose());
    }

    [Fact]
    public void A_promised_sum_may_wrap_on_the_way()
    {
        using CkksKit kit = new();
        double[] x = kit.Signs("wraps");
        using CkksCiphertext a = kit.Encrypt(x, level: 1), sum = kit.Evaluator.Zero(1, CkksKit.Scale * (1 << 8), 1);
        // 8 + 8 - 16 + 1 in a modulus that holds less than 4.
        foreach (double factor in (double[])[8, 8, -16, 1]) kit.Evaluator.MultiplyAdd(a, factor, 1 << 8, sum);
        Assert.Equal(1, sum.Estimate.Magnitude);
        kit.NoiseRatio(sum, x);
        using CkksCiphertext twice = kit.Evaluator.Zero(1, a.Scale, 2);
        kit.Evaluator.AddTo(twice, a);
        kit.Evaluator.AddTo(twice, a);
        kit.NoiseRatio(twice, [.. x.Select(number => 2 * number)]);
        Assert.Throws<ParameterException>(() => kit.Evaluator.Zero(1, CkksKit.Scale * (1 << 8), 8));
    }
}
