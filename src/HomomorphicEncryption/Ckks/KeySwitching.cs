using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Sums of digits times rows of a <see cref="SwitchingKey"/>, modulo P q, and division of such sums by P. Transforms: level inverse ones for the
/// digits, level^2 forward ones (a digit's own prime needs none, P does), and for each half 1 inverse and level forward ones.
/// </summary>
internal sealed class KeySwitching(CkksContext context)
{
    private readonly CkksParameters _parameters = context.Parameters;
    private readonly int _degree = context.Parameters.Degree;

    /// <summary>Rows do not begin in the same cache set.</summary>
    private int RowStride => _degree + ResidueRows.Lanes;

    /// <summary>Length of the sums: two halves, each with the primes of the level and P.</summary>
    public int SumLength(int level) => 2 * (level + 1) * _degree;

    /// <summary>The half's residues modulo prime number <paramref name="index"/> of the level's, P last.</summary>
    public Span<double> Sum(Span<double> sums, int level, int half, int index) => sums.Slice((half * (level + 1) + index) * _degree, _degree);

    /// <summary>The sums for an operand of <paramref name="level"/> transforms; rows are made for one prime at a time.</summary>
    public void Multiply(ReadOnlySpan<double> operand, int level, SwitchingKey key, Span<double> sums)
    {
        key.RequireParameters(_parameters);
        using Scratch digits = context.Take(level * _degree, secret: false), rows = context.Take(level * RowStride, secret: false);
        Digits(operand, level, digits.Span);
        for (int index = 0; index <= level; index++)
        {
            Extend(operand, digits.Span, level, index, rows.Span);
            Dot(rows.Span, level, index, key, sums);
        }
    }

    /// <summary>The sums for digits at hand.</summary>
    public void Multiply(CkksDecomposition decomposition, SwitchingKey key, Span<double> sums)
    {
        key.RequireParameters(_parameters);
        int level = decomposition.Ciphertext.Level;
        for (int index = 0; index <= level; index++) Dot(decomposition.Rows(index), level, index, key, sums);
    }

    public CkksDecomposition Decompose(CkksCiphertext ciphertext)
    {
        ciphertext.RequireContext(context);
        int level = ciphertext.Level, length = level * RowStride;
        using Scratch digits = context.Take(level * _degree, secret: false);
        CkksDecomposition result = new(ciphertext, context.Rent((level + 1) * length));
        ReadOnlySpan<double> operand = ciphertext.Part(1);
        Digits(operand, level, digits.Span);
        for (int index = 0; index <= level; index++) Extend(operand, digits.Span, level, index, result.Rows(index));
        return result;
    }

    /// <summary>result = sum / P, rounded, + addend, for all primes of the level.</summary>
    /// <param name="addend">As the result, or empty; the result may be it.</param>
    /// <param name="sums">The sum modulo P is overwritten.</param>
    public void DivideBySpecial(Span<double> sums, int level, int half, ReadOnlySpan<double> addend, Span<double> result)
    {
        Span<double> rest = Sum(sums, level, half, level);
        Centre(_parameters.Special, rest);
        using Scratch scratch = context.Take(_degree, secret: false);
        for (int i = 0; i < level; i++)
        {
            NegacyclicNtt ntt = _parameters.Transforms[i];
            Span<double> to = result.Slice(i * _degree, _degree);
            ResidueMap.Reduce(ntt.Modulus, rest, scratch.Span);
            ntt.Forward(scratch.Span);
            double factor = _parameters.Inverse(_parameters.Special, i);
            ResidueMap.ScaleDifference(ntt.Modulus, Sum(sums, level, half, i), scratch.Span, factor, addend.IsEmpty ? to : scratch.Span);
            if (!addend.IsEmpty) ResidueMap.Add(ntt.Modulus, scratch.Span, addend.Slice(i * _degree, _degree), to);
        }
    }

    /// <summary>
    /// result = (sum + P addend) / (P q), q the last prime of the level, rounded: with x = sum + P addend, t = x modulo P and u = (x - t)/P modulo q,
    /// both centred, it is (x - (t + P u)) / (P q), which takes one forward transform for each remaining prime.
    /// </summary>
    /// <param name="sums">Overwritten.</param>
    /// <param name="addend">As long as the level; not an alias of the result.</param>
    public void DivideBySpecialAndLast(Span<double> sums, int level, int half, ReadOnlySpan<double> addend, Span<double> result)
    {
        int special = _parameters.Special, last = level - 1;
        for (int i = 0; i < level; i++)
        {
            Span<double> x = Sum(sums, level, half, i);
            ResidueMap.AddScaled(_parameters.Modulus(i), x, addend.Slice(i * _degree, _degree), _parameters.Residue(special, i), x);
        }
        Span<double> t = Sum(sums, level, half, level), u = Sum(sums, level, half, last);
        Centre(special, t);
        Centre(last, u);
        using Scratch work = context.Take(2 * _degree, secret: false);
        Span<double> reduced = work.Span[.._degree], both = work.Span[_degree..];
        ResidueMap.Reduce(_parameters.Modulus(last), t, reduced);
        ResidueMap.ScaleDifference(_parameters.Modulus(last), u, reduced, _parameters.Inverse(special, last), u);
        for (int i = 0; i < last; i++)
        {
            NegacyclicNtt ntt = _parameters.Transforms[i];
            ResidueMap.Reduce(ntt.Modulus, t, reduced);
            ResidueMap.Reduce(ntt.Modulus, u, both);
            ResidueMap.AddScaled(ntt.Modulus, reduced, both, _parameters.Residue(special, i), both);
            ntt.Forward(both);
            double factor = ntt.Modulus.Reduce(ntt.Modulus.Multiply(_parameters.Inverse(special, i), _parameters.Inverse(last, i)));
            ResidueMap.ScaleDifference(ntt.Modulus, Sum(sums, level, half, i), both, factor, result.Slice(i * _degree, _degree));
        }
    }

    /// <summary>From a transform modulo one prime to its coefficients, centred.</summary>
    public void Centre(int prime, Span<double> x)
    {
        _parameters.Transforms[prime].Inverse(x);
        ResidueMap.Reduce(_parameters.Modulus(prime), x, x);
    }

    /// <summary>Digit j is the operand modulo q[j], as centred coefficients.</summary>
    private void Digits(ReadOnlySpan<double> operand, int level, Span<double> digits)
    {
        operand.CopyTo(digits);
        for (int j = 0; j < level; j++) Centre(j, digits.Slice(j * _degree, _degree));
    }

    /// <summary>Row j: the transform of digit j modulo one prime.</summary>
    private void Extend(ReadOnlySpan<double> operand, ReadOnlySpan<double> digits, int level, int index, Span<double> rows)
    {
        NegacyclicNtt ntt = _parameters.Transforms[index == level ? _parameters.Special : index];
        for (int j = 0; j < level; j++)
        {
            Span<double> row = rows.Slice(j * RowStride, _degree);
            if (j == index)
            {
                operand.Slice(j * _degree, _degree).CopyTo(row);
                continue;
            }
            ResidueMap.Reduce(ntt.Modulus, digits.Slice(j * _degree, _degree), row);
            ntt.Forward(row);
        }
    }

    private void Dot(ReadOnlySpan<double> rows, int level, int index, SwitchingKey key, Span<double> sums)
    {
        int prime = index == level ? _parameters.Special : index;
        ResidueRows.Dot(_parameters.Modulus(prime), level, rows, RowStride, key.Pairs(prime), key.Stride,
            Sum(sums, level, 0, index), Sum(sums, level, 1, index));
    }
}
