using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Blindsight.Arithmetic.Residues.ResidueLanes;

namespace Blindsight.Arithmetic.Residues;

/// <summary>
/// Element-wise operations whose results are reduced. Spans have equal lengths, a multiple of 8; the result may be an operand.
/// Constant time.
/// </summary>
public static unsafe class ResidueMap
{
    /// <summary>result = x, for |x| below 2^50 p and of any origin: also a residue of another prime.</summary>
    public static void Reduce(PrimeModulus modulus, ReadOnlySpan<double> x, Span<double> result) =>
        Run<Reduction>(modulus, x, x, 0, result, InstructionSets.Best);

    /// <summary>result = x + y; both loose.</summary>
    public static void Add(PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> result) =>
        Run<Sum>(modulus, x, y, 0, result, InstructionSets.Best);

    /// <summary>result = x - y; both loose.</summary>
    public static void Subtract(PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> result) =>
        Run<Difference>(modulus, x, y, 0, result, InstructionSets.Best);

    /// <summary>result = x * y; x loose, y reduced.</summary>
    public static void Multiply(PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> result) =>
        Run<Product>(modulus, x, y, 0, result, InstructionSets.Best);

    /// <summary>result = (x - y) * factor; x and y loose, the factor reduced.</summary>
    public static void ScaleDifference(
        PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double factor, Span<double> result) =>
        Run<ScaledDifference>(modulus, x, y, factor, result, InstructionSets.Best);

    /// <summary>result = x + y * factor; x and y loose, the factor reduced.</summary>
    public static void AddScaled(PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double factor, Span<double> result) =>
        Run<ScaledSum>(modulus, x, y, factor, result, InstructionSets.Best);

    internal static void Run<T>(PrimeModulus modulus, ReadOnlySpan<double> x, ReadOnlySpan<double> y, double factor, Span<double> result,
        InstructionSet set) where T : struct, IResidueOperation
    {
        if (x.Length != y.Length || x.Length != result.Length || x.Length % 8 != 0)
            throw new ArgumentException("Vectors of residues have equal lengths, a multiple of 8.");
        fixed (double* px = x, py = y, pr = result)
            switch (set)
            {
                case InstructionSet.Vector512: Run512<T>(modulus, px, py, factor, pr, x.Length); break;
                case InstructionSet.Vector256: Run256<T>(modulus, px, py, factor, pr, x.Length); break;
                default:
                    for (int i = 0; i < x.Length; i++) pr[i] = T.Apply(px[i], py[i], factor, modulus);
                    break;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run512<T>(PrimeModulus modulus, double* x, double* y, double factor, double* result, int length)
        where T : struct, IResidueOperation
    {
        Vector512<double> p = Vector512.Create(modulus.P), inverse = Vector512.Create(modulus.Inverse), w = Vector512.Create(factor);
        for (int i = 0; i < length; i += 8) T.Apply(Vector512.Load(x + i), Vector512.Load(y + i), w, p, inverse).Store(result + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run256<T>(PrimeModulus modulus, double* x, double* y, double factor, double* result, int length)
        where T : struct, IResidueOperation
    {
        Vector256<double> p = Vector256.Create(modulus.P), inverse = Vector256.Create(modulus.Inverse), w = Vector256.Create(factor);
        for (int i = 0; i < length; i += 4) T.Apply(Vector256.Load(x + i), Vector256.Load(y + i), w, p, inverse).Store(result + i);
    }
}

/// <summary>One element-wise operation, in the three widths.</summary>
internal interface IResidueOperation
{
    static abstract double Apply(double x, double y, double factor, PrimeModulus modulus);

    static abstract Vector256<double> Apply(
        Vector256<double> x, Vector256<double> y, Vector256<double> factor, Vector256<double> p, Vector256<double> inverse);

    static abstract Vector512<double> Apply(
        Vector512<double> x, Vector512<double> y, Vector512<double> factor, Vector512<double> p, Vector512<double> inverse);
}

/// <summary>Twice, since the quotient of a large x is off by up to 1/4.</summary>
internal readonly struct Reduction : IResidueOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Apply(double x, double y, double factor, PrimeModulus modulus) => modulus.Reduce(modulus.Reduce(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Apply(
        Vector256<double> x, Vector256<double> y, Vector256<double> factor, Vector256<double> p, Vector256<double> inverse) =>
        Reduce(Reduce(x, p, inverse), p, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Apply(
        Vector512<double> x, Vector512<double> y, Vector512<double> factor, Vector512<double> p, Vector512<double> inverse) =>
        Reduce(Reduce(x, p, inverse), p, inverse);
}

internal readonly struct Sum : IResidueOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Apply(double x, double y, double factor, PrimeModulus modulus) => modulus.Reduce(x + y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Apply(
        Vector256<double> x, Vector256<double> y, Vector256<double> factor, Vector256<double> p, Vector256<double> inverse) =>
        Reduce(x + y, p, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Apply(
        Vector512<double> x, Vector512<double> y, Vector512<double> factor, Vector512<double> p, Vector512<double> inverse) =>
        Reduce(x + y, p, inverse);
}

internal readonly struct Difference : IResidueOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Apply(double x, double y, double factor, PrimeModulus modulus) => modulus.Reduce(x - y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Apply(
        Vector256<double> x, Vector256<double> y, Vector256<double> factor, Vector256<double> p, Vector256<double> inverse) =>
        Reduce(x - y, p, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Apply(
        Vector512<double> x, Vector512<double> y, Vector512<double> factor, Vector512<double> p, Vector512<double> inverse) =>
        Reduce(x - y, p, inverse);
}

internal readonly struct Product : IResidueOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Apply(double x, double y, double factor, PrimeModulus modulus) => modulus.Reduce(modulus.Multiply(x, y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Apply(
        Vector256<double> x, Vector256<double> y, Vector256<double> factor, Vector256<double> p, Vector256<double> inverse) =>
        Reduce(Multiply(x, y, p, inverse), p, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Apply(
        Vector512<double> x, Vector512<double> y, Vector512<double> factor, Vector512<double> p, Vector512<double> inverse) =>
        Reduce(Multiply(x, y, p, inverse), p, inverse);
}

/// <summary>A factor below 2p.</summary>
internal readonly struct ScaledDifference : IResidueOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Apply(double x, double y, double factor, PrimeModulus modulus) => modulus.Reduce(modulus.Multiply(x - y, factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Apply(
        Vector256<double> x, Vector256<double> y, Vector256<double> factor, Vector256<double> p, Vector256<double> inverse) =>
        Reduce(Multiply(x - y, factor, p, inverse), p, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Apply(
        Vector512<double> x, Vector512<double> y, Vector512<double> factor, Vector512<double> p, Vector512<double> inverse) =>
        Reduce(Multiply(x - y, factor, p, inverse), p, inverse);
}

/// <summary>1 + 5/8.</summary>
internal readonly struct ScaledSum : IResidueOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Apply(double x, double y, double factor, PrimeModulus modulus) => modulus.Reduce(x + modulus.Multiply(y, factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Apply(
        Vector256<double> x, Vector256<double> y, Vector256<double> factor, Vector256<double> p, Vector256<double> inverse) =>
        Reduce(x + Multiply(y, factor, p, inverse), p, inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Apply(
        Vector512<double> x, Vector512<double> y, Vector512<double> factor, Vector512<double> p, Vector512<double> inverse) =>
        Reduce(x + Multiply(y, factor, p, inverse), p, inverse);
}
