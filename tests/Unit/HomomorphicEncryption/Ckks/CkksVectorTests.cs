using System.Text.Json;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Unit.Architecture;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

/// <summary>Against frozen vectors of Microsoft SEAL, which tools/ckks_vectors.mjs wrote.</summary>
public sealed class CkksVectorTests : IDisposable
{
    private static readonly Vectors Seal = JsonSerializer.Deserialize<Vectors>(
        File.ReadAllText(Path.Combine(Repository.Root, "tests/Unit/HomomorphicEncryption/Ckks/Vectors/seal.json")), JsonSerializerOptions.Web)!;

    private readonly CkksKit _kit = new(CkksParameters.CreateToy(CkksParameterSpec.Of(Seal.Degree, 2, 45, 50)));
    private readonly double[] _x = [.. Seal.X.Select(value => value / 64.0)], _y = [.. Seal.Y.Select(value => value / 64.0)];

    /// <summary>SEAL's noise at these parameters: eight deviations of key switching at scale 2^40, and the vectors' last digit.</summary>
    private const double SealError = 1e-6;

    [Fact]
    public void Encoded_polynomials_agree_coefficient_by_coefficient()
    {
        using CkksPlaintext plaintext = _kit.Encode(_x, Math.ScaleB(1, Seal.ScaleBits), 1);
        Span<double> coefficients = plaintext.Residues(0, 0);
        _kit.Parameters.Transforms[0].Inverse(coefficients);
        double prime = _kit.Parameters.Primes[0];
        int equal = 0;
        for (int i = 0; i < Seal.Degree; i++)
        {
            double centred = coefficients[i] - prime * Math.Round(coefficients[i] / prime);
            Assert.InRange(centred - Seal.Coefficients[i], -1, 1);
            equal += centred == Seal.Coefficients[i] ? 1 : 0;
        }
        Assert.InRange(equal, Seal.Degree - 5, Seal.Degree);
    }

    [Fact]
    public void Products_agree_slot_by_slot()
    {
        using CkksCiphertext x = _kit.Encrypt(_x, level: 2), y = _kit.Encrypt(_y, level: 2);
        using CkksProduct product = _kit.Evaluator.Multiply(x, y);
        Agree(_kit.Evaluator.RelinearizeAndRescale(product, _kit.Relinearization), Seal.Product);
    }

    [Fact]
    public void Rotations_agree_in_direction_and_order()
    {
        using CkksCiphertext x = _kit.Encrypt(_x, level: 2);
        using CkksGaloisKeys keys = CkksGaloisKeys.Create(_kit.Secret, Seal.Rotations.Select(rotation => rotation.Steps), false, _kit.Randomness);
        foreach (Rotation rotation in Seal.Rotations) Agree(_kit.Evaluator.Rotate(x, rotation.Steps, keys), rotation.Values);
    }

    public void Dispose() => _kit.Dispose();

    private void Agree(CkksCiphertext ciphertext, double[] expected)
    {
        using CkksPlaintext plaintext = _kit.Decryptor.Decrypt(ciphertext);
        double[] values = new double[expected.Length];
        _kit.Encoder.Decode(plaintext, values);
        for (int i = 0; i < values.Length; i++) Assert.Equal(expected[i], values[i], ciphertext.ErrorBound + SealError);
        ciphertext.Dispose();
    }

    private sealed record Vectors(
        int Degree, int ScaleBits, int[] X, int[] Y, double[] Coefficients, double[] Product, Rotation[] Rotations);

    private sealed record Rotation(int Steps, double[] Values);
}
