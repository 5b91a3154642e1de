using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.BaseOt;

/// <summary>
/// Polynomials modulo q = p1 p2 as transformed residues, and plaintexts of 4,096 slots modulo t = 65537 scaled by q / t:
/// what both ends of base transfers compute with. Constant time on secrets.
/// </summary>
internal sealed class BaseOtRing
{
    public const int Transfers = 128, SlotsPerTransfer = 16, KeyBytes = 16;

    private const int ResidueBits = PrimeModulus.BitsMax;
    private readonly double[] _scale;
    private readonly ulong _remainder;

    private BaseOtRing()
    {
        Slots = new SlotEncoder(Size);
        UInt128 q = (UInt128)Prime(0) * Prime(1), quotient = q / SlotEncoder.Modulus;
        _remainder = (ulong)(q % SlotEncoder.Modulus);
        _scale = [Modulus(0).FromCanonical((ulong)(quotient % Prime(0))), Modulus(1).FromCanonical((ulong)(quotient % Prime(1)))];
    }

    /// <summary>The one ring; immutable.</summary>
    public static BaseOtRing Shared { get; } = new();

    public SlotEncoder Slots { get; }
    public int Size => RlweParameters.BaseOt.Degree;

    /// <summary>Bytes of one polynomial modulo one prime.</summary>
    public int ResidueBytes => BitPacking.PackedBytes(Size, ResidueBits);

    public NegacyclicNtt Transform(int prime) => RlweParameters.BaseOt.Transforms[prime];
    public PrimeModulus Modulus(int prime) => Transform(prime).Modulus;
    public ulong Prime(int index) => Modulus(index).Value;

    /// <summary>A polynomial with both residues.</summary>
    public double[][] New() => [new double[Size], new double[Size]];

    /// <summary>A uniform transformed polynomial, a function of session and label: never taken from the wire.</summary>
    public double[][] Uniform(ReadOnlySpan<byte> session, string label)
    {
        double[][] polynomial = New();
        ulong[] residues = new ulong[Size];
        using Prg xof = Prg.Derive(session, label);
        for (int prime = 0; prime < 2; prime++)
        {
            using AesCounter stream = KeyStream.From(xof);
            ResidueSampler.Uniform(Modulus(prime), stream, 0, residues);
            ResidueVector.FromCanonical(Modulus(prime), residues, polynomial[prime]);
        }
        return polynomial;
    }

    /// <summary>Small coefficients, transformed.</summary>
    public double[][] Transformed(ReadOnlySpan<double> coefficients)
    {
        double[][] polynomial = New();
        for (int prime = 0; prime < 2; prime++)
        {
            coefficients.CopyTo(polynomial[prime]);
            Transform(prime).Forward(polynomial[prime]);
        }
        return polynomial;
    }

    /// <summary>Uniform elements of {-1, 0, 1}.</summary>
    public double[] Ternary(Prg randomness)
    {
        double[] samples = new double[Size];
        using AesCounter stream = KeyStream.From(randomness);
        ResidueSampler.Ternary(stream, 0, samples);
        return samples;
    }

    /// <summary>Errors of deviation <see cref="ResidueSampler.NoiseDeviation"/>.</summary>
    public double[] Noise(Prg randomness)
    {
        double[] samples = new double[Size];
        using AesCounter stream = KeyStream.From(randomness);
        ResidueSampler.AddNoise(stream, 0, samples, new ulong[Size]);
        return samples;
    }

    /// <summary>sum := sum + x*y modulo one prime, element by element; x below 4p, y and the sum reduced.</summary>
    public void MultiplyAdd(int prime, ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> sum) =>
        ResidueVector.MultiplyAdd(Modulus(prime), x, y, sum);

    /// <summary>round(q m / t) modulo each prime, plus the given coefficients, transformed.</summary>
    /// <param name="plaintext">Coefficients below t.</param>
    /// <param name="noise">Added modulo each prime: residues of absolute value below p.</param>
    public double[][] Scaled(ReadOnlySpan<uint> plaintext, double[][] noise)
    {
        double[][] polynomial = New();
        for (int prime = 0; prime < 2; prime++)
        {
            PrimeModulus modulus = Modulus(prime);
            for (int i = 0; i < plaintext.Length; i++)
            {
                ulong fraction = (2 * _remainder * plaintext[i] + SlotEncoder.Modulus) / (2 * SlotEncoder.Modulus);
                polynomial[prime][i] = modulus.Reduce(modulus.Multiply(_scale[prime], plaintext[i]) + fraction + noise[prime][i]);
            }
            Transform(prime).Forward(polynomial[prime]);
        }
        return polynomial;
    }

    public void Write(int prime, ReadOnlySpan<double> values, Span<byte> message)
    {
        ulong[] residues = new ulong[Size];
        ResidueVector.ToCanonical(Modulus(prime), values, residues);
        BitPacking.Pack<ulong>(residues, ResidueBits, message);
    }

    /// <exception cref="FormatException">A residue is not below the prime, or bits follow the last.</exception>
    public void Read(int prime, ReadOnlySpan<byte> message, Span<double> values)
    {
        ulong[] residues = new ulong[Size];
        if (!BitPacking.Unpack(message, ResidueBits, residues.AsSpan()))
            throw new FormatException("Bits follow the last residue of a base transfer.");
        foreach (ulong residue in residues)
            if (residue >= Prime(prime)) throw new FormatException("A residue of a base transfer is not below its prime.");
        ResidueVector.FromCanonical(Modulus(prime), residues, values);
    }

    /// <summary>Overwrites a secret.</summary>
    public static void Clear<T>(Span<T> secret) where T : unmanaged =>
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret));
}
