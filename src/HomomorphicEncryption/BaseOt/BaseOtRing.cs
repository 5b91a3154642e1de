using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.BaseOt;

/// <summary>
/// Polynomials modulo q = p1 p2 as transformed residues, and plaintexts of 4,096 slots modulo t = 65537 scaled by q / t:
/// what both ends of base transfers compute with. Constant time on secrets.
/// </summary>
internal sealed class BaseOtRing
{
    public const int Transfers = 128, SlotsPerTransfer = 16, KeyBytes = 16;

    private const int ResidueBits = 49;
    private readonly SmallSampler _gaussian;
    private readonly double[] _scale;
    private readonly ulong _remainder;

    private BaseOtRing()
    {
        Parameters = RlweParameters.ForBaseTransfers();
        _gaussian = SmallSampler.Gaussian(Parameters.ErrorDeviation);
        Slots = new SlotEncoder(Size);
        UInt128 q = (UInt128)Prime(0) * Prime(1), quotient = q / SlotEncoder.Modulus;
        _remainder = (ulong)(q % SlotEncoder.Modulus);
        _scale = [Transform(0).Modulus.Centred((ulong)(quotient % Prime(0))), Transform(1).Modulus.Centred((ulong)(quotient % Prime(1)))];
    }

    /// <summary>The one ring; immutable.</summary>
    public static BaseOtRing Shared { get; } = new();

    public RlweParameters Parameters { get; }
    public SlotEncoder Slots { get; }
    public int Size => Parameters.Size;

    /// <summary>Bytes of one polynomial modulo one prime.</summary>
    public int ResidueBytes => BitPacking.PackedBytes(Size, ResidueBits);

    public NegacyclicNtt Transform(int prime) => Parameters.Transforms[prime];
    public ulong Prime(int index) => Transform(index).Modulus.Value;

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
            UniformSampler.Fill(Transform(prime).Modulus, xof, residues);
            Transform(prime).FromCanonical(residues, polynomial[prime]);
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

    public double[] Ternary(Prg randomness) => Sample(SmallSampler.Ternary, randomness);
    public double[] Gaussian(Prg randomness) => Sample(_gaussian, randomness);

    /// <summary>round(q m / t) modulo each prime, plus the given coefficients, transformed.</summary>
    /// <param name="plaintext">Coefficients below t.</param>
    /// <param name="noise">Added modulo each prime: residues of absolute value below p.</param>
    public double[][] Scaled(ReadOnlySpan<uint> plaintext, double[][] noise)
    {
        double[][] polynomial = New();
        for (int prime = 0; prime < 2; prime++)
        {
            double p = Prime(prime);
            for (int i = 0; i < plaintext.Length; i++)
            {
                ulong fraction = (2 * _remainder * plaintext[i] + SlotEncoder.Modulus) / (2 * SlotEncoder.Modulus);
                double scaled = ModularProduct(_scale[prime], plaintext[i], p) + fraction + noise[prime][i];
                polynomial[prime][i] = scaled - p * Math.Round(scaled / p);
            }
            Transform(prime).Forward(polynomial[prime]);
        }
        return polynomial;
    }

    /// <summary>x y modulo p, reduced; both of absolute value below p.</summary>
    public static double ModularProduct(double x, double y, double p)
    {
        double high = x * y, quotient = Math.Round(high / p);
        double low = Math.FusedMultiplyAdd(x, y, -high);
        return Math.FusedMultiplyAdd(-quotient, p, high) + low;
    }

    public void Write(int prime, ReadOnlySpan<double> values, Span<byte> message)
    {
        ulong[] residues = new ulong[Size];
        Transform(prime).ToCanonical(values, residues);
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
        Transform(prime).FromCanonical(residues, values);
    }

    /// <summary>Overwrites a secret.</summary>
    public static void Clear<T>(Span<T> secret) where T : unmanaged =>
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret));

    private double[] Sample(SmallSampler sampler, Prg randomness)
    {
        double[] samples = new double[Size];
        sampler.Fill(randomness, samples);
        return samples;
    }
}
