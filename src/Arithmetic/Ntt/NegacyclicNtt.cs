using System.Numerics;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// The number-theoretic transform of Z_p[X]/(X^N + 1), p below 2^49, with residues as exact integers in doubles, and
/// arithmetic on them. "Reduced" means at most (1/2 + 2^-40) p in absolute value. Products of transforms are
/// element-wise. The order of a transform's elements is the same on every path: bit-reversed, each run of 64 read as
/// an 8 x 8 matrix and transposed. Immutable, thread-safe, constant time.
/// </summary>
public sealed unsafe partial class NegacyclicNtt : IDisposable
{
    private readonly NttTables _forward, _inverse;
    private readonly InstructionSet _path;
    private readonly double _p, _sizeInverse;

    /// <summary>Tables for polynomials of <paramref name="size"/> coefficients.</summary>
    /// <exception cref="ParameterException">The size is not a power of two from 1,024 to 32,768.</exception>
    public NegacyclicNtt(PrimeModulus modulus, int size) : this(modulus, size, Best) { }

    internal NegacyclicNtt(PrimeModulus modulus, int size, InstructionSet path)
    {
        if (size is < 1024 or > 32768 || !BitOperations.IsPow2(size))
            throw new ParameterException($"A transform of {size} coefficients: not a power of two from 1024 to 32768.");
        (Modulus, Size, _path, _p) = (modulus, size, path, modulus.Value);
        _forward = new NttTables(modulus, size, inverse: false);
        _inverse = new NttTables(modulus, size, inverse: true);
        _sizeInverse = modulus.Centred(modulus.Inverse((ulong)size));
    }

    public PrimeModulus Modulus { get; }

    /// <summary>N, coefficients of a polynomial.</summary>
    public int Size { get; }

    internal static InstructionSet Best => Lane8.IsSupported ? InstructionSet.Vector512
        : Lane4.IsSupported ? InstructionSet.Vector256 : InstructionSet.Scalar;

    /// <summary>Transforms in place; inputs at most p in absolute value, outputs reduced.</summary>
    public void Forward(Span<double> values)
    {
        CheckSize(values.Length);
        fixed (double* x = values)
            switch (_path)
            {
                case InstructionSet.Vector512: NttKernel<Lane8>.Forward(x, Size, _forward, _p); break;
                case InstructionSet.Vector256: NttKernel<Lane4>.Forward(x, Size, _forward, _p); break;
                default: NttKernel<Lane1>.Forward(x, Size, _forward, _p); break;
            }
    }

    /// <summary>The inverse of <see cref="Forward"/>, in place; inputs at most 8p, outputs at most 3p/4.</summary>
    public void Inverse(Span<double> values)
    {
        CheckSize(values.Length);
        fixed (double* x = values)
            switch (_path)
            {
                case InstructionSet.Vector512: NttKernel<Lane8>.Inverse(x, Size, _inverse, _p, _sizeInverse); break;
                case InstructionSet.Vector256: NttKernel<Lane4>.Inverse(x, Size, _inverse, _p, _sizeInverse); break;
                default: NttKernel<Lane1>.Inverse(x, Size, _inverse, _p, _sizeInverse); break;
            }
    }

    public void Dispose()
    {
        _forward.Dispose();
        _inverse.Dispose();
    }

    private void CheckSize(int length)
    {
        if (length != Size) throw new ArgumentException($"A polynomial has {Size} coefficients, not {length}.");
    }
}
