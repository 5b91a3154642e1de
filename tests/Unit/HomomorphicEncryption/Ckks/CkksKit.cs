using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

/// <summary>Keys of a small ring without security, and numbers of magnitude 1, for which the predicted noise is sharp.</summary>
public sealed class CkksKit : IDisposable
{
    public const double Scale = 1L << 40;

    public CkksKit() : this(CkksParameters.CreateToy(CkksParameterSpec.Of(2048, 3, 45, 50))) { }

    internal CkksKit(CkksParameters parameters)
    {
        Context = new CkksContext(parameters);
        Secret = CkksSecretKey.Create(Context, Randomness);
        Public = CkksPublicKey.Create(Secret, Randomness);
        Relinearization = CkksRelinearizationKey.Create(Secret, Randomness);
        Galois = CkksGaloisKeys.Create(Secret, [1, 2, -3, 700], true, Randomness);
        Encoder = new CkksEncoder(Context);
        Encryptor = new CkksSecretEncryptor(Secret, Randomness);
        Decryptor = new CkksDecryptor(Secret);
        Evaluator = new CkksEvaluator(Context);
    }

    public Prg Randomness { get; } = Prg.Derive([], "ckks tests");
    public CkksContext Context { get; }
    public CkksParameters Parameters => Context.Parameters;
    public int Slots => Parameters.Slots;
    public CkksSecretKey Secret { get; }
    public CkksPublicKey Public { get; }
    public CkksRelinearizationKey Relinearization { get; }
    public CkksGaloisKeys Galois { get; }
    public CkksEncoder Encoder { get; }
    public CkksSecretEncryptor Encryptor { get; }
    public CkksDecryptor Decryptor { get; }
    public CkksEvaluator Evaluator { get; }

    /// <summary>1 and -1 in all slots.</summary>
    public double[] Signs(string label)
    {
        using Prg prg = Prg.Derive([], label);
        return [.. Enumerable.Range(0, Slots).Select(_ => (prg.NextUInt64() & 1) == 0 ? 1.0 : -1.0)];
    }

    /// <summary>Uniform between -magnitude and magnitude.</summary>
    public double[] Numbers(string label, double magnitude)
    {
        using Prg prg = Prg.Derive([], label);
        return [.. Enumerable.Range(0, Slots).Select(_ => (long)prg.NextUInt64() * Math.Pow(2, -63) * magnitude)];
    }

    public CkksPlaintext Encode(double[] values, double scale = Scale, int level = 3) => Encoder.Encode(values, 1, scale, level);

    public CkksCiphertext Encrypt(double[] values, double scale = Scale, int level = 3)
    {
        using CkksPlaintext plaintext = Encode(values, scale, level);
        return Encryptor.Encrypt(plaintext);
    }

    /// <summary>The real parts, after checking that every part is within the stated bound of the expected numbers.</summary>
    /// <returns>Measured deviation of the noise over the predicted one.</returns>
    public double NoiseRatio(CkksCiphertext ciphertext, double[] expected)
    {
        using CkksPlaintext plaintext = Decryptor.Decrypt(ciphertext);
        return NoiseRatio(plaintext, expected);
    }

    public double NoiseRatio(CkksPlaintext plaintext, double[] expected)
    {
        double[] real = new double[Slots], imaginary = new double[Slots];
        Encoder.Decode(plaintext, real, imaginary);
        double squares = 0;
        for (int i = 0; i < Slots; i++)
        {
            Assert.InRange(real[i], expected[i] - plaintext.ErrorBound, expected[i] + plaintext.ErrorBound);
            Assert.InRange(imaginary[i], -plaintext.ErrorBound, plaintext.ErrorBound);
            squares += (real[i] - expected[i]) * (real[i] - expected[i]) + imaginary[i] * imaginary[i];
        }
        return Math.Sqrt(squares / Parameters.Degree) / plaintext.Estimate.SlotDeviation(Parameters, plaintext.Scale);
    }

    public void Dispose()
    {
        Public.Dispose();
        Relinearization.Dispose();
        Galois.Dispose();
        Secret.Dispose();
        Context.Dispose();
        Randomness.Dispose();
    }
}
