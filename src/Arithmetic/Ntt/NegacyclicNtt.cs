using System.Numerics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// The number-theoretic transform modulo X^N + 1 and a prime p = 1 (mod 2N): evaluation at the odd powers of
/// psi = g^((p-1)/2N), g the least quadratic non-residue. Thread-safe; constant time.
/// </summary>
/// <remarks>
/// <para>Output order, part of the wire format of ciphertexts: in the bit-reversed order of the plain decimation
/// (value k at psi^(2*brv(k)+1)) every block of 64 is an 8 x 8 matrix, and is stored transposed, since the last six levels run in
/// registers. Point-wise work does not care.</para>
/// <para>Bounds as multiples of p (<see cref="PrimeModulus"/>). Forward: a butterfly u + wv, u - wv takes b to
/// b + 1/2 + b/8. Passes have at most three levels. From b = 1 the first gives 1.63, 2.34, 3.13. Every later pass
/// first reduces the upper operands u: 1/2 + 1/2 + 3.13/8 = 1.40, then 2.07, 2.83; a fixed point lies below 3. So factors stay below 4.
/// Inverse: see <see cref="InverseRadix8"/>; passes take loose residues to loose ones.</para>
/// </remarks>
public sealed unsafe partial class NegacyclicNtt
{
    /// <summary>Elements of the blocks on which the last six levels run.</summary>
    internal const int Block = 64;

    /// <summary>Vectors of eight twiddle factors for the last three levels of a block.</summary>
    internal const int TailVectors = 7;

    private readonly AlignedBuffer<double> _roots, _inverseRoots, _tail, _inverseTail;
    private readonly double _degreeInverse, _degreeInverseRoot;
    private readonly InstructionSet _set;

    /// <exception cref="ParameterException">N is not a power of two from 1024 to 65,536, or p is not 1 modulo 2N.</exception>
    public NegacyclicNtt(int degree, PrimeModulus modulus) : this(degree, modulus, InstructionSets.Best) { }

    internal NegacyclicNtt(int degree, PrimeModulus modulus, InstructionSet set)
    {
        if (degree is < 1024 or > 65536 || !BitOperations.IsPow2(degree))
            throw new ParameterException($"the degree {degree} is not a power of two from 1024 to 65536");
        if (modulus.Value % (2 * (ulong)degree) != 1)
            throw new ParameterException($"the prime {modulus.Value} is not 1 modulo {2 * degree}");
        (Degree, Modulus, _set) = (degree, modulus, set);
        ulong psi = RootOfUnity();
        _roots = Powers(psi);
        _inverseRoots = Powers(modulus.Power(psi, modulus.Value - 2));
        _tail = Tail(_roots.Span);
        _inverseTail = Tail(_inverseRoots.Span);
        _degreeInverse = modulus.FromCanonical(modulus.Power((ulong)degree, modulus.Value - 2));
        _degreeInverseRoot = modulus.Reduce(modulus.Multiply(_degreeInverse, _inverseRoots.Span[1]));
    }

    /// <summary>N.</summary>
    public int Degree { get; }

    /// <summary>p.</summary>
    public PrimeModulus Modulus { get; }

    /// <summary>The transform in place, from loose coefficients to reduced values in the order above.</summary>
    public void Forward(Span<double> x)
    {
        Check(x.Length);
        fixed (double* data = x)
            switch (_set)
            {
                case InstructionSet.Vector512: Forward512(data); break;
                case InstructionSet.Vector256: Forward256(data); break;
                default: ForwardScalar(data); break;
            }
    }

    /// <summary>The inverse in place, with the factor 1/N, from loose values to loose coefficients.</summary>
    public void Inverse(Span<double> x)
    {
        Check(x.Length);
        fixed (double* data = x)
            switch (_set)
            {
                case InstructionSet.Vector512: Inverse512(data); break;
                case InstructionSet.Vector256: Inverse256(data); break;
                default: InverseScalar(data); break;
            }
    }

    /// <summary>Levels before the blocks of 64 are reached.</summary>
    private int UpperLevels => BitOperations.Log2((uint)Degree) - 6;

    /// <summary>Levels of the pass that starts when <paramref name="levels"/> are left: threes last, twos before.</summary>
    private static int PassLevels(int levels) => levels % 3 == 0 ? 3 : 2;

    private void Check(int length)
    {
        if (length != Degree) throw new ArgumentException($"The transform needs {Degree} elements.");
    }

    private ulong RootOfUnity()
    {
        ulong g = 2;
        while (Modulus.Power(g, (Modulus.Value - 1) / 2) == 1) g++;
        return Modulus.Power(g, (Modulus.Value - 1) / (2 * (ulong)Degree));
    }

    /// <summary>Entry k is root^brv(k): the factor of node k of the tree of butterflies, whose children are 2k and 2k + 1.</summary>
    private AlignedBuffer<double> Powers(ulong root)
    {
        AlignedBuffer<double> table = new(Degree);
        int bits = BitOperations.Log2((uint)Degree);
        UInt128 power = 1;
        for (int i = 0; i < Degree; i++, power = power * root % Modulus.Value)
        {
            int reversed = 0;
            for (int b = 0; b < bits; b++) reversed |= (i >> b & 1) << (bits - 1 - b);
            table.Span[reversed] = Modulus.FromCanonical((ulong)power);
        }
        return table;
    }

    /// <summary>
    /// The factors of the last three levels in the order in which the transposed blocks read them: of the eight nodes
    /// 8k..8k+7 below a block's node k, of their even and odd children, and of their four grandchildren.
    /// </summary>
    private AlignedBuffer<double> Tail(ReadOnlySpan<double> roots)
    {
        int blocks = Degree / Block;
        AlignedBuffer<double> tail = new(blocks * TailVectors * 8);
        for (int block = 0; block < blocks; block++)
            for (int lane = 0; lane < 8; lane++)
            {
                int node = 8 * (blocks + block) + lane;
                Span<double> to = tail.Span[(block * TailVectors * 8 + lane)..];
                to[0] = roots[node];
                for (int i = 0; i < 2; i++) to[8 * (1 + i)] = roots[2 * node + i];
                for (int i = 0; i < 4; i++) to[8 * (3 + i)] = roots[4 * node + i];
            }
        return tail;
    }
}
