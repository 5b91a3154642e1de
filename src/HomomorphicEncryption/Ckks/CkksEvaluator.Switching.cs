using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <content>What needs keys, and rescaling.</content>
public sealed partial class CkksEvaluator
{
    /// <summary>The message divided by the last prime of the level, as is the scale: to the next lower level.</summary>
    /// <exception cref="ParameterException">The level is 1, or the scale would fall below 1.</exception>
    public CkksCiphertext Rescale(CkksCiphertext a)
    {
        int last = CheckRescale(a);
        double prime = _parameters.Primes[last];
        CkksCiphertext result = new(context, last, a.Scale / prime, a.Estimate.Rescaled(_parameters, prime));
        using Scratch rest = context.Take(_parameters.Degree, secret: false), scratch = context.Take(_parameters.Degree, secret: false);
        for (int part = 0; part < a.Parts; part++)
        {
            a.Residues(part, last).CopyTo(rest.Span);
            _switching.Centre(last, rest.Span);
            for (int i = 0; i < last; i++)
            {
                NegacyclicNtt ntt = _parameters.Transforms[i];
                ResidueMap.Reduce(ntt.Modulus, rest.Span, scratch.Span);
                ntt.Forward(scratch.Span);
                ResidueMap.ScaleDifference(ntt.Modulus, a.Residues(part, i), scratch.Span, _parameters.Inverse(last, i), result.Residues(part, i));
            }
        }
        return result;
    }

    /// <summary>The product as a ciphertext.</summary>
    public CkksCiphertext Relinearize(CkksProduct a, CkksRelinearizationKey key)
    {
        a.RequireContext(context);
        CkksCiphertext result = new(context, a.Level, a.Scale, a.Estimate.KeySwitched(_parameters, a.Level));
        using Scratch sums = context.Take(_switching.SumLength(a.Level), secret: false);
        _switching.Multiply(a.Part(2), a.Level, key.Key, sums.Span);
        for (int half = 0; half < 2; half++) _switching.DivideBySpecial(sums.Span, a.Level, half, a.Part(half), result.Part(half));
        return result;
    }

    /// <summary>As <see cref="Relinearize"/> and then <see cref="Rescale"/>, with one division by both primes.</summary>
    /// <exception cref="ParameterException">The level is 1, or the scale would fall below 1.</exception>
    public CkksCiphertext RelinearizeAndRescale(CkksProduct a, CkksRelinearizationKey key)
    {
        int last = CheckRescale(a);
        double prime = _parameters.Primes[last];
        CkksEstimate estimate = a.Estimate.KeySwitched(_parameters, a.Level).Rescaled(_parameters, prime);
        CkksCiphertext result = new(context, last, a.Scale / prime, estimate);
        using Scratch sums = context.Take(_switching.SumLength(a.Level), secret: false);
        _switching.Multiply(a.Part(2), a.Level, key.Key, sums.Span);
        for (int half = 0; half < 2; half++) _switching.DivideBySpecialAndLast(sums.Span, a.Level, half, a.Part(half), result.Part(half));
        return result;
    }

    /// <summary>Slot i of the result is slot i + steps of the operand, modulo N/2: to the left.</summary>
    /// <exception cref="ParameterException">There is no key for that many steps.</exception>
    public CkksCiphertext Rotate(CkksCiphertext a, int steps, CkksGaloisKeys keys) => Apply(a, CkksGaloisKeys.Element(_parameters, steps), keys);

    /// <summary>The complex conjugates of all slots.</summary>
    /// <exception cref="ParameterException">There is no key for conjugation.</exception>
    public CkksCiphertext Conjugate(CkksCiphertext a, CkksGaloisKeys keys) => Apply(a, 2 * _parameters.Degree - 1, keys);

    /// <summary>Prepares several rotations of one ciphertext.</summary>
    public CkksDecomposition Decompose(CkksCiphertext a) => _switching.Decompose(a);

    /// <summary>As <see cref="Rotate(CkksCiphertext, int, CkksGaloisKeys)"/>, residue by residue, on digits at hand.</summary>
    /// <exception cref="ParameterException">There is no key for that many steps.</exception>
    public CkksCiphertext Rotate(CkksDecomposition a, int steps, CkksGaloisKeys keys)
    {
        a.Ciphertext.RequireContext(context);
        int element = CkksGaloisKeys.Element(_parameters, steps);
        if (element == 1) return SwitchLevel(a.Ciphertext, a.Ciphertext.Level);
        GaloisKey key = keys[element];
        using Scratch sums = context.Take(_switching.SumLength(a.Ciphertext.Level), secret: false);
        _switching.Multiply(a, key.Key, sums.Span);
        return Finish(a.Ciphertext, key, sums.Span);
    }

    private CkksCiphertext Apply(CkksCiphertext a, int element, CkksGaloisKeys keys)
    {
        a.RequireContext(context);
        if (element == 1) return SwitchLevel(a, a.Level);
        GaloisKey key = keys[element];
        using Scratch sums = context.Take(_switching.SumLength(a.Level), secret: false);
        _switching.Multiply(a.Part(1), a.Level, key.Key, sums.Span);
        return Finish(a, key, sums.Span);
    }

    /// <summary>(c0 + b/P, a/P), permuted.</summary>
    private CkksCiphertext Finish(CkksCiphertext a, GaloisKey key, Span<double> sums)
    {
        int degree = _parameters.Degree;
        CkksCiphertext result = new(context, a.Level, a.Scale, a.Estimate.KeySwitched(_parameters, a.Level));
        using Scratch scratch = context.Take(a.Level * degree, secret: false);
        for (int half = 0; half < 2; half++)
        {
            _switching.DivideBySpecial(sums, a.Level, half, half == 0 ? a.Part(0) : [], scratch.Span);
            for (int i = 0; i < a.Level; i++) Permutation.Apply(key.From, scratch.Span.Slice(i * degree, degree), result.Residues(half, i));
        }
        return result;
    }

    private int CheckRescale(CkksElement a)
    {
        a.RequireContext(context);
        if (a.Level == 1) throw new ParameterException($"a ciphertext of level {a.Level} cannot be rescaled: no prime is left to divide by");
        return a.Level - 1;
    }
}
