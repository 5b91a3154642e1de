using Blindsight.Arithmetic;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

public sealed class CkksRotationTests(CkksKit kit) : IClassFixture<CkksKit>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(-3)]
    [InlineData(700)]
    [InlineData(700 + 1024)]
    [InlineData(0)]
    [InlineData(-1024)]
    public void Rotations_move_slots_to_the_left_hoisted_or_not(int steps)
    {
        double[] x = kit.Numbers("x", 1);
        using CkksCiphertext ciphertext = kit.Encrypt(x);
        using CkksDecomposition decomposition = kit.Evaluator.Decompose(ciphertext);
        using CkksCiphertext rotated = kit.Evaluator.Rotate(ciphertext, steps, kit.Galois), hoisted = kit.Evaluator.Rotate(decomposition, steps, kit.Galois);
        int left = (steps + 4 * kit.Slots) % kit.Slots;
        Assert.InRange(kit.NoiseRatio(rotated, [.. x[left..], .. x[..left]]), 0.5, 1.1);
        Assert.True(rotated.All.SequenceEqual(hoisted.All));
    }

    [Fact]
    public void Conjugation_negates_imaginary_parts()
    {
        double[] real = kit.Numbers("real", 0.7), imaginary = kit.Numbers("imaginary", 0.7);
        using CkksPlaintext plaintext = kit.Encoder.Encode(real, imaginary, 1, CkksKit.Scale, 2);
        using CkksCiphertext ciphertext = kit.Encryptor.Encrypt(plaintext), conjugate = kit.Evaluator.Conjugate(ciphertext, kit.Galois);
        using CkksPlaintext decrypted = kit.Decryptor.Decrypt(conjugate);
        double[] toReal = new double[kit.Slots], toImaginary = new double[kit.Slots];
        kit.Encoder.Decode(decrypted, toReal, toImaginary);
        for (int i = 0; i < kit.Slots; i++)
        {
            Assert.Equal(real[i], toReal[i], conjugate.ErrorBound);
            Assert.Equal(-imaginary[i], toImaginary[i], conjugate.ErrorBound);
        }
    }

    [Fact]
    public void Rotations_without_a_key_are_refused()
    {
        using CkksCiphertext ciphertext = kit.Encrypt(kit.Signs("x"));
        using CkksDecomposition decomposition = kit.Evaluator.Decompose(ciphertext);
        Assert.Contains("no key", Assert.Throws<ParameterException>(() => kit.Evaluator.Rotate(ciphertext, 5, kit.Galois)).Message);
        Assert.Contains("no key", Assert.Throws<ParameterException>(() => kit.Evaluator.Rotate(decomposition, 5, kit.Galois)).Message);
    }
}
