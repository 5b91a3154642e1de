using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Security;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Checked parameters of CKKS in RNS form: uniform ternary secrets, errors of deviation <see cref="ResidueSampler.NoiseDeviation"/>.
/// Immutable and thread-safe.
/// </summary>
/// <remarks>A ciphertext of level l has the modulus q[0] * ... * q[l-1]; fresh ones have level L.</remarks>
public sealed class CkksParameters
{
    /// <summary>Limits of N.</summary>
    public const int DegreeMin = 4096, DegreeMax = 32768;

    /// <summary>Smallest size of a prime, in bits.</summary>
    public const int PrimeBitsMin = 40;

    private readonly double[,] _residues, _inverses;
    private readonly double[] _modulusBits;

    private CkksParameters(CkksParameterSpec spec)
    {
        ImmutableArray<ulong> all = [.. spec.Primes, spec.SpecialPrime];
        (Degree, Primes, SpecialPrime) = (spec.Degree, spec.Primes, spec.SpecialPrime);
        Transforms = [.. all.Select(prime => new NegacyclicNtt(spec.Degree, new PrimeModulus(prime)))];
        (_residues, _inverses) = (new double[all.Length, all.Length], new double[all.Length, all.Length]);
        for (int i = 0; i < all.Length; i++)
            for (int j = 0; j < all.Length; j++)
            {
                PrimeModulus modulus = Transforms[j].Modulus;
                _residues[i, j] = modulus.FromCanonical(all[i] % modulus.Value);
                _inverses[i, j] = i == j ? 0 : modulus.FromCanonical(modulus.Invert(all[i] % modulus.Value));
            }
        _modulusBits = new double[Levels + 1];
        for (int i = 0; i < Levels; i++) _modulusBits[i + 1] = _modulusBits[i] + Math.Log2(Primes[i]);
        Digest = Hash(all);
    }

    /// <summary>N.</summary>
    public int Degree { get; }

    /// <summary>N/2: numbers in one ciphertext.</summary>
    public int Slots => Degree / 2;

    /// <summary>L: the level of fresh ciphertexts.</summary>
    public int Levels => Primes.Length;

    /// <summary>q[0] to q[L-1].</summary>
    public ImmutableArray<ulong> Primes { get; }

    /// <summary>P.</summary>
    public ulong SpecialPrime { get; }

    /// <summary>One transform for each prime, that of P last.</summary>
    internal ImmutableArray<NegacyclicNtt> Transforms { get; }

    /// <summary>64 bits that messages carry, so that those of other parameters are refused.</summary>
    internal ulong Digest { get; }

    /// <summary>Index of P among the transforms.</summary>
    internal int Special => Levels;

    /// <summary>Checks security and arithmetic.</summary>
    /// <exception cref="ParameterException">Less than 128 bits of security, or primes or a degree that do not fit.</exception>
    public static CkksParameters Create(CkksParameterSpec spec)
    {
        CheckShape(spec);
        if (spec.Degree is < DegreeMin or > DegreeMax)
            throw new ParameterException($"the degree {spec.Degree} is not between {DegreeMin} and {DegreeMax}");
        SecurityTable.Require(spec.Degree, spec.Primes.Append(spec.SpecialPrime));
        return new CkksParameters(spec);
    }

    /// <summary>For tests: parameters without security, so that they may be small.</summary>
    internal static CkksParameters CreateToy(CkksParameterSpec spec)
    {
        CheckShape(spec);
        return new CkksParameters(spec);
    }

    /// <summary>log2 of the modulus of a level.</summary>
    public double ModulusBits(int level) => _modulusBits[level];

    /// <summary>The fewest primes that hold integers of magnitude up to 2^<paramref name="bits"/>; L where none do.</summary>
    internal int LevelFor(double bits)
    {
        int level = 1;
        while (level < Levels && _modulusBits[level] < bits + 1.01) level++;
        return level;
    }

    /// <exception cref="ParameterException">Integers so large are not reduced exactly: the limit is 2^50 times the smallest prime.</exception>
    internal void RequireReducible(double largest)
    {
        double limit = Math.ScaleB(Primes.Min(), PrimeModulus.BitsMax);
        if (!(largest < limit))
            throw new ParameterException($"numbers of 2^{Math.Log2(largest):F1} are too large to encode; the limit is 2^{Math.Log2(limit):F1}");
    }

    internal PrimeModulus Modulus(int index) => Transforms[index].Modulus;

    /// <summary>Prime i modulo prime j, reduced.</summary>
    internal double Residue(int i, int j) => _residues[i, j];

    /// <summary>1 / (prime i) modulo prime j, reduced.</summary>
    internal double Inverse(int i, int j) => _inverses[i, j];

    private static void CheckShape(CkksParameterSpec spec)
    {
        if (spec.Primes.IsDefaultOrEmpty) throw new ParameterException("the modulus needs at least one prime");
        if (spec.Primes.Append(spec.SpecialPrime).Distinct().Count() != spec.Primes.Length + 1)
            throw new ParameterException("the primes of the modulus and the special prime must differ");
        foreach (ulong prime in spec.Primes)
        {
            if (prime >> (PrimeBitsMin - 1) == 0) throw new ParameterException($"the prime {prime} has fewer than {PrimeBitsMin} bits");
            if (prime > spec.SpecialPrime)
                throw new ParameterException($"the prime {prime} is above the special prime {spec.SpecialPrime}: key switching would drown results");
        }
    }

    private ulong Hash(ImmutableArray<ulong> primes)
    {
        byte[] text = new byte[8 * (primes.Length + 1)];
        BinaryPrimitives.WriteUInt64LittleEndian(text, (ulong)Degree);
        for (int i = 0; i < primes.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(text.AsSpan(8 * (i + 1)), primes[i]);
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(text));
    }
}
