using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>The public uniform polynomials of a ciphertext or key: drawn as transforms from a key stream under its seed.</summary>
internal static class CkksSeed
{
    public const int Bytes = Prg.SeedBytes;

    /// <summary>Blocks of key stream set apart for one polynomial: far above what rejection needs.</summary>
    private const ulong StreamBlocks = 1 << 20;

    public static byte[] Draw(Prg prg)
    {
        byte[] seed = new byte[Bytes];
        prg.Fill(seed.AsSpan());
        return seed;
    }

    /// <summary>The stream of a seed, bound to parameters.</summary>
    public static AesCounter Stream(CkksParameters parameters, ReadOnlySpan<byte> seed)
    {
        using Prg prg = Prg.Derive(seed, "ckks uniform", parameters.Digest);
        return KeyStream.From(prg);
    }

    /// <summary>Polynomial number <paramref name="index"/> of a stream, reduced.</summary>
    public static void Uniform(PrimeModulus modulus, AesCounter stream, int index, Span<double> result)
    {
        Span<ulong> words = MemoryMarshal.Cast<double, ulong>(result);
        ResidueSampler.Uniform(modulus, stream, (ulong)index * StreamBlocks, words);
        ResidueVector.FromCanonical(modulus, words, result);
    }

    /// <summary>A polynomial of fresh errors under a key from the generator.</summary>
    public static void Noise(Prg prg, Span<double> result, Span<double> scratch)
    {
        using AesCounter stream = KeyStream.From(prg);
        result.Clear();
        ResidueSampler.AddNoise(stream, 0, result, MemoryMarshal.Cast<double, ulong>(scratch));
    }
}
