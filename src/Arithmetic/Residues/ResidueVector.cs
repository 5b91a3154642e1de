using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Residues;

/// <summary>
/// Element-wise arithmetic on residues modulo one prime, held as <see cref="PrimeModulus"/> describes. Spans have equal
/// lengths, a multiple of 8. Constant time.
/// </summary>
public static unsafe partial class ResidueVector
{
    /// <summary>Lanes of one call of Dot.</summary>
    public const int DotLanes = 64;

    /// <summary>
    /// Terms that are added before a reduction. Each product of a loose x and a reduced w is at most 1/2 + 1/8 of p,
    /// and 1/2 + 8 * 5/8 = 5.5 stays below 8.
    /// </summary>
    internal const int LazyTerms = 8;

    /// <summary>result = x * w; x loose, w reduced, the result loose. The result may be x or w.</summary>
    public static void Multiply(PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> w, Span<double> result) =>
        Multiply(modulus, x, w, result, InstructionSets.Best);

    /// <summary>result = result + x * w; x loose, w reduced, the result reduced (also beforehand).</summary>
    public static void MultiplyAdd(PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> w, Span<double> result) =>
        MultiplyAdd(modulus, x, w, result, InstructionSets.Best);

    /// <summary>
    /// For 64 lanes: sumA = sum over rows of weights[row] * a[row], sumB likewise of b: each weight is loaded once. Rows are
    /// contiguous, 64 elements each; weights reduced, a and b loose, the sums reduced.
    /// </summary>
    public static void Dot(PrimeModulus modulus, ReadOnlySpan<double> weights, ReadOnlySpan<double> a, ReadOnlySpan<double> b,
        Span<double> sumA, Span<double> sumB) => Dot(modulus, weights, a, b, sumA, sumB, InstructionSets.Best);

    /// <summary>Reduced residues of canonical ones.</summary>
    public static void FromCanonical(PrimeModulus modulus, ReadOnlySpan<ulong> x, Span<double> result)
    {
        Check(x.Length, result.Length);
        for (int i = 0; i < x.Length; i++) result[i] = modulus.FromCanonical(x[i]);
    }

    /// <summary>Canonical residues of any below 8p.</summary>
    public static void ToCanonical(PrimeModulus modulus, ReadOnlySpan<double> x, Span<ulong> result)
    {
        Check(x.Length, result.Length);
        for (int i = 0; i < x.Length; i++) result[i] = modulus.ToCanonical(x[i]);
    }

    internal static void Multiply(
        PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> w, Span<double> result, InstructionSet set)
    {
        Check(x.Length, w.Length, result.Length);
        fixed (double* px = x, pw = w, pr = result)
            switch (set)
            {
                case InstructionSet.Vector512: Multiply512(modulus, px, pw, pr, x.Length); break;
                case InstructionSet.Vector256: Multiply256(modulus, px, pw, pr, x.Length); break;
                default:
                    for (int i = 0; i < x.Length; i++) pr[i] = modulus.Multiply(px[i], pw[i]);
                    break;
            }
    }

    internal static void MultiplyAdd(
        PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> w, Span<double> result, InstructionSet set)
    {
        Check(x.Length, w.Length, result.Length);
        fixed (double* px = x, pw = w, pr = result)
            switch (set)
            {
                case InstructionSet.Vector512: MultiplyAdd512(modulus, px, pw, pr, x.Length); break;
                case InstructionSet.Vector256: MultiplyAdd256(modulus, px, pw, pr, x.Length); break;
                default:
                    for (int i = 0; i < x.Length; i++) pr[i] = modulus.Reduce(pr[i] + modulus.Multiply(px[i], pw[i]));
                    break;
            }
    }

    internal static void Dot(PrimeModulus modulus, ReadOnlySpan<double> weights, ReadOnlySpan<double> a, ReadOnlySpan<double> b,
        Span<double> sumA, Span<double> sumB, InstructionSet set)
    {
        if (weights.Length % DotLanes != 0 || a.Length != weights.Length || b.Length != weights.Length
            || sumA.Length != DotLanes || sumB.Length != DotLanes)
            throw new ArgumentException($"Rows and sums have {DotLanes} lanes, and the three inputs as many rows.");
        int rows = weights.Length / DotLanes;
        fixed (double* pw = weights, pa = a, pb = b, toA = sumA, toB = sumB)
            switch (set)
            {
                case InstructionSet.Vector512: Dot512(modulus, pw, pa, pb, rows, toA, toB); break;
                case InstructionSet.Vector256: Dot256(modulus, pw, pa, pb, rows, toA, toB); break;
                default: DotScalar(modulus, pw, pa, pb, rows, toA, toB); break;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotScalar(PrimeModulus modulus, double* w, double* a, double* b, int rows, double* sumA, double* sumB)
    {
        for (int lane = 0; lane < DotLanes; lane++)
        {
            double accumulatorA = 0, accumulatorB = 0;
            for (int row = 0, at = lane; row < rows; row++, at += DotLanes)
            {
                accumulatorA = modulus.Reduce(accumulatorA + modulus.Multiply(a[at], w[at]));
                accumulatorB = modulus.Reduce(accumulatorB + modulus.Multiply(b[at], w[at]));
            }
            sumA[lane] = accumulatorA;
            sumB[lane] = accumulatorB;
        }
    }

    private static void Check(int first, int second, int third = -1)
    {
        if (first != second || (third >= 0 && third != first) || first % 8 != 0)
            throw new ArgumentException("Vectors of residues have equal lengths, a multiple of 8.");
    }
}
