using System.Runtime.CompilerServices;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Between numbers in slots and polynomials: coefficients are those of the canonical embedding's inverse times the scale, rounded.
/// Thread-safe. Constant time but for
/// the lengths, and for subnormal numbers, over which processors may take longer.
/// </summary>
public sealed class CkksEncoder(CkksContext context)
{
    private readonly CkksParameters _parameters = context.Parameters;

    /// <summary>Encodes real numbers; slots behind them hold 0.</summary>
    /// <param name="magnitude">A declared, public bound of all |values|.</param>
    /// <param name="scale">At least 1; scale * magnitude below 2^50 times the smallest prime and within the level's modulus.</param>
    /// <exception cref="ArgumentException">Too many values, or one that is larger than declared or not a number.</exception>
    /// <exception cref="ParameterException">The message does not fit the level.</exception>
    public CkksPlaintext Encode(ReadOnlySpan<double> values, double magnitude, double scale, int level) => Encode(values, [], magnitude, scale, level);

    /// <summary>Encodes complex numbers from their parts; no imaginary parts stand for zeros.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{double}, double, double, int)"/>
    public CkksPlaintext Encode(ReadOnlySpan<double> real, ReadOnlySpan<double> imaginary, double magnitude, double scale, int level)
    {
        if (real.Length > _parameters.Slots || (imaginary.Length != 0 && imaginary.Length != real.Length))
            throw new ArgumentException($"There are {_parameters.Slots} slots for {real.Length} real and {imaginary.Length} imaginary parts.");
        CheckMagnitudes(real, imaginary, magnitude);
        _parameters.RequireReducible(scale * magnitude);
        CkksPlaintext result = new(context, level, scale, CkksEstimate.Encoded(_parameters, magnitude, scale));
        using Scratch parts = context.Take(_parameters.Degree, secret: true), scratch = context.Take(_parameters.Degree, secret: true);
        using Scratch polynomial = context.Take(_parameters.Degree, secret: true);
        Span<double> coefficients = polynomial.Span, first = parts.Span[.._parameters.Slots], second = parts.Span[_parameters.Slots..];
        Pad(real, first);
        Pad(imaginary, second);
        context.Embedding.FromSlots(first, second, scale, scratch.Span, coefficients);
        Round(coefficients);
        for (int prime = 0; prime < level; prime++)
        {
            Span<double> residues = result.Residues(0, prime);
            ResidueMap.Reduce(_parameters.Modulus(prime), coefficients, residues);
            _parameters.Transforms[prime].Forward(residues);
        }
        return result;
    }

    /// <summary>The real parts of the first slots.</summary>
    /// <param name="values">At most N/2.</param>
    public void Decode(CkksPlaintext plaintext, Span<double> values) => Decode(plaintext, values, []);

    /// <summary>The real and imaginary parts of the first slots.</summary>
    /// <param name="imaginary">As long as the real parts, or empty.</param>
    public void Decode(CkksPlaintext plaintext, Span<double> real, Span<double> imaginary)
    {
        if (real.Length > _parameters.Slots || (imaginary.Length != 0 && imaginary.Length != real.Length))
            throw new ArgumentException($"There are {_parameters.Slots} slots for {real.Length} real and {imaginary.Length} imaginary parts.");
        plaintext.RequireContext(context);
        using Scratch parts = context.Take(_parameters.Degree, secret: true), scratch = context.Take(_parameters.Degree, secret: true);
        using Scratch polynomial = context.Take(_parameters.Degree, secret: true);
        Coefficients(plaintext, polynomial.Span);
        Span<double> first = parts.Span[.._parameters.Slots], second = parts.Span[_parameters.Slots..];
        context.Embedding.ToSlots(polynomial.Span, scratch.Span, 1 / plaintext.Scale, first, second);
        first[..real.Length].CopyTo(real);
        second[..imaginary.Length].CopyTo(imaginary);
    }

    /// <summary>
    /// The centred coefficients to within 2^-51 of each, from as few primes as hold them: mixed-radix digits v[i] with
    /// c = v[0] + q[0] (v[1] + q[1] (v[2] + ...)), each centred, so that the sum loses nothing to cancellation.
    /// </summary>
    private void Coefficients(CkksPlaintext plaintext, Span<double> result)
    {
        int degree = _parameters.Degree, primes = Math.Min(plaintext.Level, _parameters.LevelFor(plaintext.Estimate.Bits(plaintext.Scale)));
        using Scratch digits = context.Take(primes * degree, secret: true), scratch = context.Take(degree, secret: true);
        for (int i = 0; i < primes; i++)
        {
            Span<double> digit = digits.Span.Slice(i * degree, degree);
            plaintext.Residues(0, i).CopyTo(digit);
            NegacyclicNtt ntt = _parameters.Transforms[i];
            ntt.Inverse(digit);
            ResidueMap.Reduce(ntt.Modulus, digit, digit);
            for (int j = 0; j < i; j++)
            {
                ResidueMap.Reduce(ntt.Modulus, digits.Span.Slice(j * degree, degree), scratch.Span);
                ResidueMap.ScaleDifference(ntt.Modulus, digit, scratch.Span, _parameters.Inverse(j, i), digit);
            }
        }
        digits.Span.Slice((primes - 1) * degree, degree).CopyTo(result);
        for (int i = primes - 2; i >= 0; i--) Append(digits.Span.Slice(i * degree, degree), _parameters.Primes[i], result);
    }

    /// <summary>result = result * prime + digit.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Append(ReadOnlySpan<double> digit, double prime, Span<double> result)
    {
        for (int i = 0; i < result.Length; i++) result[i] = Math.FusedMultiplyAdd(result[i], prime, digit[i]);
    }

    /// <summary>One decision for all values: squares are compared as integers, as which non-negative doubles are ordered, NaN last.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CheckMagnitudes(ReadOnlySpan<double> real, ReadOnlySpan<double> imaginary, double magnitude)
    {
        if (!(magnitude >= 0) || double.IsInfinity(magnitude)) throw new ArgumentException("The declared magnitude is not a number of at least 0.");
        long limit = BitConverter.DoubleToInt64Bits(magnitude * magnitude * (1 + 1e-15)), excess = 0;
        if (imaginary.IsEmpty)
            foreach (double x in real) excess |= limit - (BitConverter.DoubleToInt64Bits(x * x) & long.MaxValue);
        else
            for (int i = 0; i < real.Length; i++)
                excess |= limit - (BitConverter.DoubleToInt64Bits(real[i] * real[i] + imaginary[i] * imaginary[i]) & long.MaxValue);
        if (excess < 0) throw new ArgumentException($"A value is larger than the declared magnitude of {magnitude}.");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Round(Span<double> values)
    {
        foreach (ref double value in values) value = Math.Round(value);
    }

    private static void Pad(ReadOnlySpan<double> values, Span<double> result)
    {
        values.CopyTo(result);
        result[values.Length..].Clear();
    }
}
