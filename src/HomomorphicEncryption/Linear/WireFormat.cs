using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// What travels: transforms of b with all bits of q; of an answer, the high 36 bits of a's coefficients and the high 33 of the
/// used ones of b, taken after masking. And where the public polynomials a come from: an extendable-output function of the
/// connection and the place, never the wire, since an a of the peer's choice (such as 0) would lay the weights open.
/// </summary>
internal static class WireFormat
{
    /// <summary>Low bits of a'' and b'' that are dropped.</summary>
    public const int MaskDroppedBits = 13, ValueDroppedBits = 16;

    private const int ModulusBits = 49;
    public const int MaskBits = ModulusBits - MaskDroppedBits, ValueBits = ModulusBits - ValueDroppedBits;

    private const double Deviations = 6;
    private const double PlaintextModulus = 4294967296;

    public static int RequestPolynomialBytes(int size) => BitPacking.PackedBytes(size, ModulusBits);

    public static int ResponsePolynomialBytes(int size, int outputs) =>
        outputs == 0 ? 0 : BitPacking.PackedBytes(size, MaskBits) + BitPacking.PackedBytes(outputs, ValueBits);

    /// <summary>2^32 / q: units of Z_2^32 in one of Z_q.</summary>
    public static double Scale(NegacyclicNtt ring) => PlaintextModulus / ring.Modulus.Value;

    /// <summary>The transform of the public key's a.</summary>
    public static void PublicKeyMask(NegacyclicNtt ring, ReadOnlySpan<byte> connection, Span<double> mask)
    {
        using Prg prg = Prg.Derive(connection, "rlwe linear public key");
        Expand(ring, prg, mask);
    }

    /// <summary>The transform of the a of one polynomial of a request.</summary>
    public static void RequestMask(
        NegacyclicNtt ring, ReadOnlySpan<byte> connection, ulong inference, uint layer, int polynomial, Span<double> mask)
    {
        using Prg prg = Prg.Derive(connection, "rlwe linear request", inference, layer, (ulong)polynomial);
        Expand(ring, prg, mask);
    }

    /// <summary>Packs a transform of values below p in absolute value.</summary>
    public static void WriteTransform(NegacyclicNtt ring, ReadOnlySpan<double> values, Span<byte> bytes)
    {
        Span<ulong> residues = stackalloc ulong[values.Length];
        ring.ToCanonical(values, residues);
        BitPacking.Pack<ulong>(residues, ModulusBits, bytes);
    }

    /// <exception cref="FormatException">A number that is not below the modulus, or bits after the last.</exception>
    public static void ReadTransform(NegacyclicNtt ring, ReadOnlySpan<byte> bytes, Span<double> values)
    {
        Span<ulong> residues = stackalloc ulong[values.Length];
        if (!BitPacking.Unpack(bytes, ModulusBits, residues)) throw new FormatException("Bits follow the last residue.");
        CheckBelow(residues, ring.Modulus.Value);
        ring.FromCanonical(residues, values);
    }

    /// <exception cref="FormatException">One of the numbers is not below the limit.</exception>
    public static void CheckBelow(ReadOnlySpan<ulong> values, ulong limit)
    {
        foreach (ulong value in values)
            if (value >= limit) throw new FormatException($"A residue is not below its limit, {limit}.");
    }

    /// <exception cref="FormatException">A message's length is not what the packing says.</exception>
    public static void CheckMessage(int length, int expected, string what)
    {
        if (length != expected) throw new FormatException($"The {what} has {length} bytes, not {expected}.");
    }

    /// <exception cref="ArgumentException">A buffer of ours has a wrong length.</exception>
    public static void CheckLength(int length, int expected, string what)
    {
        if (length != expected) throw new ArgumentException($"{length} elements of {what}, not {expected}.");
    }

    /// <summary>The noise of an output whose polynomials hold weights with the given sum of squares.</summary>
    public static double NoiseBound(RlweParameters parameters, double weightSquares)
    {
        double error = parameters.ErrorDeviation * parameters.ErrorDeviation, ternary = 2.0 / 3 * parameters.Size;
        double encoding = 1.0 / 12, dropped = Math.Pow(4, MaskDroppedBits) / 12;
        double variance = (error + encoding) * weightSquares + 2 * error * ternary + dropped * ternary;
        double scale = Scale(parameters.Transforms[0]);
        return Deviations * Math.Sqrt(variance) * scale + (1L << (ValueDroppedBits - 1)) * scale + 1;
    }

    private static void Expand(NegacyclicNtt ring, Prg prg, Span<double> mask)
    {
        Span<ulong> residues = stackalloc ulong[mask.Length];
        UniformSampler.Fill(ring.Modulus, prg, residues);
        ring.FromCanonical(residues, mask);
    }
}
