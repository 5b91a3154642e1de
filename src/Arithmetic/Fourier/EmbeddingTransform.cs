using System.Numerics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Arithmetic.Fourier;

/// <summary>
/// The canonical embedding of real polynomials modulo X^N + 1: their values at N/2 of the N complex roots, one of each conjugate
/// pair. Slot j is the value at zeta^(3^j), zeta = exp(i pi / N), so that X -> X^(3^k) moves slot j + k to slot j. Thread-safe; constant time.
/// </summary>
/// <remarks>
/// <para>With n = N/2, a real polynomial modulo X^n - i has the complex coefficients c[k] + i c[k + n], and its roots are zeta^e
/// for e = 1 (mod 4). The tree of butterflies splits X^m - r into X^(m/2) - sqrt(r) and X^(m/2) + sqrt(r), as in
/// <see cref="Ntt.NegacyclicNtt"/>. 3^j is 1 (mod 4) for even j; for odd j, slot j is the conjugate of the value at zeta^(-3^j).</para>
/// <para>The last three levels run on the array transposed in groups of eight, where their operands stand far apart.</para>
/// <para>Error: every level rounds by at most 2^-51 of a value, so that the rms error stays below 2^-50 of the rms value.</para>
/// <para>Source: Cheon, Kim, Kim and Song, "Homomorphic Encryption for Arithmetic of Approximate Numbers" (2017), section 3.2; slot order as in
/// Microsoft SEAL.</para>
/// </remarks>
public sealed unsafe partial class EmbeddingTransform : IDisposable
{
    private readonly AlignedBuffer<double> _cos, _sin, _tailCos, _tailSin;
    private readonly int[] _places;
    private readonly InstructionSet _set;

    /// <exception cref="ParameterException">N is not a power of two from 1024 to 65,536.</exception>
    public EmbeddingTransform(int degree) : this(degree, InstructionSets.Best) { }

    internal EmbeddingTransform(int degree, InstructionSet set)
    {
        if (degree is < 1024 or > 65536 || !BitOperations.IsPow2(degree))
            throw new ParameterException($"the degree {degree} is not a power of two from 1024 to 65536");
        (Degree, Slots, _set) = (degree, degree / 2, set);
        int[] exponents = Exponents();
        _cos = new(Slots);
        _sin = new(Slots);
        for (int node = 1; node < Slots; node++)
            (_cos.Span[node], _sin.Span[node]) = (double.CosPi((double)exponents[2 * node] / degree), double.SinPi((double)exponents[2 * node] / degree));
        _tailCos = Tail(_cos.Span);
        _tailSin = Tail(_sin.Span);
        _places = Places(exponents);
    }

    /// <summary>N.</summary>
    public int Degree { get; }

    /// <summary>N/2.</summary>
    public int Slots { get; }

    /// <summary>The values in all slots, each times a factor, of a polynomial; the polynomial is overwritten.</summary>
    /// <param name="polynomial">N real coefficients.</param>
    /// <param name="scratch">N elements; overwritten.</param>
    public void ToSlots(Span<double> polynomial, Span<double> scratch, double factor, Span<double> real, Span<double> imaginary)
    {
        Check(polynomial, scratch, real, imaginary);
        fixed (double* x = polynomial, y = scratch)
        {
            for (int half = Slots / 2, nodes = 1; half >= 8; half /= 2, nodes *= 2) Forward(x, half, nodes, _cos.Pointer + nodes, _sin.Pointer + nodes);
            Transpose(x, y, Slots / 8, 8);
            for (int half = 4, nodes = 1; half > 0; half /= 2, nodes *= 2) ForwardTail(y, half, nodes);
            for (int j = 0; j < Slots; j++)
            {
                real[j] = y[_places[j]] * factor;
                imaginary[j] = y[Slots + _places[j]] * (factor * (1 - 2 * (j & 1)));
            }
        }
    }

    /// <summary>The polynomial with these values, times a factor.</summary>
    /// <param name="scratch">N elements; overwritten.</param>
    /// <param name="polynomial">N real coefficients.</param>
    public void FromSlots(ReadOnlySpan<double> real, ReadOnlySpan<double> imaginary, double factor, Span<double> scratch, Span<double> polynomial)
    {
        Check(polynomial, scratch, real, imaginary);
        double scaled = factor / Slots;
        fixed (double* x = polynomial, y = scratch)
        {
            for (int j = 0; j < Slots; j++)
            {
                y[_places[j]] = real[j] * scaled;
                y[Slots + _places[j]] = imaginary[j] * (scaled * (1 - 2 * (j & 1)));
            }
            for (int half = 1, nodes = 4; half <= 4; half *= 2, nodes /= 2) InverseTail(y, half, nodes);
            Transpose(y, x, 8, Slots / 8);
            for (int half = 8, nodes = Slots / 16; nodes > 0; half *= 2, nodes /= 2) Inverse(x, half, nodes, _cos.Pointer + nodes, _sin.Pointer + nodes);
        }
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
        _tailCos.Dispose();
        _tailSin.Dispose();
    }

    /// <summary>A level of the tree: node k has the elements from 2 * half * k on, and one factor.</summary>
    private void Forward(double* x, int half, int nodes, double* cos, double* sin)
    {
        for (int node = 0; node < nodes; node++, x += 2 * half) Butterflies(x, half, half, cos + node, sin + node, false, false);
    }

    private void Inverse(double* x, int half, int nodes, double* cos, double* sin)
    {
        for (int node = 0; node < nodes; node++, x += 2 * half) Butterflies(x, half, half, cos + node, sin + node, false, true);
    }

    /// <summary>A level of the transposed groups: row r of the groups is n/8 elements, each with a factor of its own.</summary>
    private void ForwardTail(double* y, int half, int nodes)
    {
        int row = Slots / 8;
        for (int r = 0; r < 8; r++)
            if ((r & half) == 0)
                Butterflies(y + r * row, half * row, row, TailCos(nodes, r / (2 * half)), TailSin(nodes, r / (2 * half)), true, false);
    }

    private void InverseTail(double* y, int half, int nodes)
    {
        int row = Slots / 8;
        for (int r = 0; r < 8; r++)
            if ((r & half) == 0)
                Butterflies(y + r * row, half * row, row, TailCos(nodes, r / (2 * half)), TailSin(nodes, r / (2 * half)), true, true);
    }

    private double* TailCos(int nodes, int node) => _tailCos.Pointer + (nodes - 1 + node) * (Slots / 8);

    private double* TailSin(int nodes, int node) => _tailSin.Pointer + (nodes - 1 + node) * (Slots / 8);

    /// <summary>
    /// Pairs (x[i], x[i + distance]) for i below count, at least 8; imaginary parts stand n elements behind. One factor for all, or one
    /// for each. Forward (u + wv, u - wv), else (u + v, (u - v) / w).
    /// </summary>
    private void Butterflies(double* x, int distance, int count, double* cos, double* sin, bool factorEach, bool inverse)
    {
        int step = factorEach ? 1 : 0;
        switch (_set)
        {
            case InstructionSet.Vector512 when inverse: Inverse512(x, Slots, distance, count, cos, sin, step); break;
            case InstructionSet.Vector512: Forward512(x, Slots, distance, count, cos, sin, step); break;
            case InstructionSet.Vector256 when inverse: Inverse256(x, Slots, distance, count, cos, sin, step); break;
            case InstructionSet.Vector256: Forward256(x, Slots, distance, count, cos, sin, step); break;
            default: ButterfliesScalar(x, Slots, distance, count, cos, sin, step, inverse); break;
        }
    }

    /// <summary>Both halves of x as a matrix of so many rows and columns, transposed.</summary>
    private void Transpose(double* x, double* y, int rows, int columns)
    {
        for (int part = 0; part < 2; part++, x += Slots, y += Slots)
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++) y[j * rows + i] = x[i * columns + j];
    }

    /// <summary>For node k of the tree the e of its X^m - zeta^e: i at the root, square roots below; leaf k is node n + k.</summary>
    private int[] Exponents()
    {
        int[] exponents = new int[2 * Slots];
        exponents[1] = Degree / 2;
        for (int node = 1; node < Slots; node++)
            (exponents[2 * node], exponents[2 * node + 1]) = (exponents[node] / 2, exponents[node] / 2 + Degree);
        return exponents;
    }

    /// <summary>For each slot, where the transposed groups hold its value.</summary>
    private int[] Places(int[] exponents)
    {
        int[] leaves = new int[2 * Degree], places = new int[Slots];
        for (int leaf = 0; leaf < Slots; leaf++) leaves[exponents[Slots + leaf]] = leaf;
        for (int j = 0, power = 1; j < Slots; j++, power = (int)(3L * power % (2 * Degree)))
        {
            int leaf = leaves[(j & 1) == 0 ? power : 2 * Degree - power];
            places[j] = leaf % 8 * (Slots / 8) + leaf / 8;
        }
        return places;
    }

    /// <summary>The factors of the last three levels, one row of n/8 for each node of a group.</summary>
    private AlignedBuffer<double> Tail(ReadOnlySpan<double> factors)
    {
        int groups = Slots / 8;
        AlignedBuffer<double> tail = new(7 * groups);
        for (int nodes = 1; nodes <= 4; nodes *= 2)
            for (int node = 0; node < nodes; node++)
                for (int group = 0; group < groups; group++)
                    tail.Span[(nodes - 1 + node) * groups + group] = factors[nodes * (groups + group) + node];
        return tail;
    }

    private void Check(ReadOnlySpan<double> polynomial, ReadOnlySpan<double> scratch, ReadOnlySpan<double> real, ReadOnlySpan<double> imaginary)
    {
        if (polynomial.Length != Degree || scratch.Length != Degree || real.Length != Slots || imaginary.Length != Slots)
            throw new ArgumentException($"A polynomial and the scratch have {Degree} elements, the parts of the slots {Slots} each.");
    }
}
