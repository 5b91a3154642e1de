using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Arithmetic on ciphertexts. Results are new elements from pooled memory, with level, scale and estimate of their own; operands of other
/// levels or scales, and results that would not fit their modulus, are refused by name. Thread-safe; constant time.
/// </summary>
public sealed partial class CkksEvaluator(CkksContext context)
{
    private readonly CkksParameters _parameters = context.Parameters;
    private readonly KeySwitching _switching = new(context);

    /// <summary>a + b.</summary>
    /// <exception cref="ParameterException">Levels or scales differ.</exception>
    public CkksCiphertext Add(CkksCiphertext a, CkksCiphertext b)
    {
        a.RequireContext(context);
        a.RequireScaleOf(b, "an addition");
        CkksCiphertext result = new(context, a.Level, a.Scale, a.Estimate.Plus(b.Estimate, ReferenceEquals(a, b)));
        for (int row = 0; row < a.Rows; row++) ResidueMap.Add(a.ModulusOf(row), a.Row(row), b.Row(row), result.Row(row));
        return result;
    }

    /// <summary>Zero, to add to.</summary>
    /// <param name="magnitude">
    /// A public bound of the sum once it is finished, which the caller knows from elsewhere. Terms may be larger, and what they add up to on the way may
    /// wrap around the modulus: the finished sum does not.
    /// </param>
    /// <exception cref="ParameterException">The sum would not fit the level.</exception>
    public CkksCiphertext Zero(int level, double scale, double magnitude)
    {
        CkksCiphertext result = new(context, level, scale, new CkksEstimate(magnitude, 0)) { IsPromised = true };
        result.All.Clear();
        return result;
    }

    /// <summary>Zero, to add products to.</summary>
    /// <inheritdoc cref="Zero(int, double, double)"/>
    public CkksProduct ZeroProduct(int level, double scale, double magnitude)
    {
        CkksProduct result = new(context, level, scale, new CkksEstimate(magnitude, 0)) { IsPromised = true };
        result.All.Clear();
        return result;
    }

    /// <summary>sum += a, in place.</summary>
    /// <exception cref="ParameterException">Levels or scales differ, or the sum does not fit; the sum is as it was.</exception>
    public void AddTo(CkksCiphertext sum, CkksCiphertext a)
    {
        a.RequireContext(context);
        Accumulate(sum, a, a.Scale, a.Estimate);
        for (int row = 0; row < a.Rows; row++) ResidueMap.Add(a.ModulusOf(row), sum.Row(row), a.Row(row), sum.Row(row));
    }

    /// <summary>a - b.</summary>
    /// <inheritdoc cref="Add(CkksCiphertext, CkksCiphertext)"/>
    public CkksCiphertext Subtract(CkksCiphertext a, CkksCiphertext b)
    {
        a.RequireContext(context);
        a.RequireScaleOf(b, "a subtraction");
        CkksCiphertext result = new(context, a.Level, a.Scale, a.Estimate.Plus(b.Estimate));
        for (int row = 0; row < a.Rows; row++) ResidueMap.Subtract(a.ModulusOf(row), a.Row(row), b.Row(row), result.Row(row));
        return result;
    }

    /// <summary>a + b for an encoded b.</summary>
    /// <inheritdoc cref="Add(CkksCiphertext, CkksCiphertext)"/>
    public CkksCiphertext Add(CkksCiphertext a, CkksPlaintext b)
    {
        a.RequireContext(context);
        a.RequireScaleOf(b, "an addition");
        CkksCiphertext result = new(context, a.Level, a.Scale, a.Estimate.Plus(b.Estimate));
        a.Part(1).CopyTo(result.Part(1));
        for (int i = 0; i < a.Level; i++) ResidueMap.Add(_parameters.Modulus(i), a.Residues(0, i), b.Residues(0, i), result.Residues(0, i));
        return result;
    }

    /// <summary>a - b for an encoded b.</summary>
    /// <inheritdoc cref="Add(CkksCiphertext, CkksCiphertext)"/>
    public CkksCiphertext Subtract(CkksCiphertext a, CkksPlaintext b)
    {
        a.RequireContext(context);
        a.RequireScaleOf(b, "a subtraction");
        CkksCiphertext result = new(context, a.Level, a.Scale, a.Estimate.Plus(b.Estimate));
        a.Part(1).CopyTo(result.Part(1));
        for (int i = 0; i < a.Level; i++) ResidueMap.Subtract(_parameters.Modulus(i), a.Residues(0, i), b.Residues(0, i), result.Residues(0, i));
        return result;
    }

    /// <summary>a + c in every slot for one public number, rounded to a multiple of 1 / a.Scale.</summary>
    /// <exception cref="ParameterException">The sum does not fit.</exception>
    public CkksCiphertext Add(CkksCiphertext a, double constant)
    {
        a.RequireContext(context);
        double rounded = Round(constant, a.Scale);
        CkksCiphertext result = new(context, a.Level, a.Scale, a.Estimate.PlusConstant(constant, _parameters));
        a.Part(1).CopyTo(result.Part(1));
        using Scratch same = context.Take(_parameters.Degree, secret: false);
        for (int i = 0; i < a.Level; i++)
        {
            PrimeModulus modulus = _parameters.Modulus(i);
            same.Span.Fill(modulus.Reduce(modulus.Reduce(rounded)));
            ResidueMap.Add(modulus, a.Residues(0, i), same.Span, result.Residues(0, i));
        }
        return result;
    }

    /// <summary>a * b slot by slot for an encoded b; scales multiply.</summary>
    /// <exception cref="ParameterException">Levels differ, or the product does not fit.</exception>
    public CkksCiphertext Multiply(CkksCiphertext a, CkksPlaintext b)
    {
        a.RequireContext(context);
        a.RequireLevelOf(b, "a product");
        CkksCiphertext result = new(context, a.Level, a.Scale * b.Scale, a.Estimate.Times(b.Estimate, _parameters, a.Scale, b.Scale));
        for (int row = 0; row < a.Rows; row++) ResidueMap.Multiply(a.ModulusOf(row), a.Row(row), b.Row(row % b.Level), result.Row(row));
        return result;
    }

    /// <summary>sum += a * b for an encoded b, in place.</summary>
    /// <exception cref="ParameterException">Levels or scales differ, or the sum does not fit; the sum is as it was.</exception>
    public void MultiplyAdd(CkksCiphertext a, CkksPlaintext b, CkksCiphertext sum)
    {
        a.RequireContext(context);
        a.RequireLevelOf(b, "a product");
        Accumulate(sum, a, a.Scale * b.Scale, a.Estimate.Times(b.Estimate, _parameters, a.Scale, b.Scale));
        for (int row = 0; row < a.Rows; row++) ResidueVector.MultiplyAdd(a.ModulusOf(row), a.Row(row), b.Row(row % b.Level), sum.Row(row));
    }

    /// <summary>a * c for one public number, rounded to a multiple of 1/scale; scales multiply.</summary>
    /// <exception cref="ParameterException">The product does not fit.</exception>
    public CkksCiphertext Multiply(CkksCiphertext a, double constant, double scale)
    {
        a.RequireContext(context);
        double rounded = Round(constant, scale);
        CkksCiphertext result = new(context, a.Level, a.Scale * scale, a.Estimate.TimesConstant(constant, _parameters, a.Scale, scale));
        result.All.Clear();
        AddScaled(a, rounded, result);
        return result;
    }

    /// <summary>sum += a * c for one public number, in place.</summary>
    /// <inheritdoc cref="MultiplyAdd(CkksCiphertext, CkksPlaintext, CkksCiphertext)"/>
    public void MultiplyAdd(CkksCiphertext a, double constant, double scale, CkksCiphertext sum)
    {
        double rounded = Round(constant, scale);
        a.RequireContext(context);
        Accumulate(sum, a, a.Scale * scale, a.Estimate.TimesConstant(constant, _parameters, a.Scale, scale));
        AddScaled(a, rounded, sum);
    }

    /// <summary>a * b slot by slot, to be relinearised; scales multiply.</summary>
    /// <exception cref="ParameterException">Levels differ, or the product does not fit.</exception>
    public CkksProduct Multiply(CkksCiphertext a, CkksCiphertext b)
    {
        a.RequireContext(context);
        a.RequireLevelOf(b, "a product");
        CkksProduct result = new(context, a.Level, a.Scale * b.Scale,
            a.Estimate.Times(b.Estimate, _parameters, a.Scale, b.Scale, ReferenceEquals(a, b)));
        for (int i = 0; i < a.Level; i++)
        {
            PrimeModulus modulus = _parameters.Modulus(i);
            ResidueMap.Multiply(modulus, a.Residues(0, i), b.Residues(0, i), result.Residues(0, i));
            ResidueMap.Multiply(modulus, a.Residues(0, i), b.Residues(1, i), result.Residues(1, i));
            ResidueVector.MultiplyAdd(modulus, a.Residues(1, i), b.Residues(0, i), result.Residues(1, i));
            ResidueMap.Multiply(modulus, a.Residues(1, i), b.Residues(1, i), result.Residues(2, i));
        }
        return result;
    }

    /// <summary>sum += a * b, in place: sums of products take one relinearisation.</summary>
    /// <inheritdoc cref="MultiplyAdd(CkksCiphertext, CkksPlaintext, CkksCiphertext)"/>
    public void MultiplyAdd(CkksCiphertext a, CkksCiphertext b, CkksProduct sum)
    {
        a.RequireContext(context);
        a.RequireLevelOf(b, "a product");
        Accumulate(sum, a, a.Scale * b.Scale, a.Estimate.Times(b.Estimate, _parameters, a.Scale, b.Scale, ReferenceEquals(a, b)));
        for (int i = 0; i < a.Level; i++)
        {
            PrimeModulus modulus = _parameters.Modulus(i);
            ResidueVector.MultiplyAdd(modulus, a.Residues(0, i), b.Residues(0, i), sum.Residues(0, i));
            ResidueVector.MultiplyAdd(modulus, a.Residues(0, i), b.Residues(1, i), sum.Residues(1, i));
            ResidueVector.MultiplyAdd(modulus, a.Residues(1, i), b.Residues(0, i), sum.Residues(1, i));
            ResidueVector.MultiplyAdd(modulus, a.Residues(1, i), b.Residues(1, i), sum.Residues(2, i));
        }
    }

    /// <summary>The same message modulo fewer primes: no noise, no division.</summary>
    /// <param name="level">At most the operand's.</param>
    /// <exception cref="ParameterException">The level is above the operand's, or the message does not fit.</exception>
    public CkksCiphertext SwitchLevel(CkksCiphertext a, int level)
    {
        a.RequireContext(context);
        if (level > a.Level) throw new ParameterException($"a ciphertext of level {a.Level} cannot be raised to level {level}");
        CkksCiphertext result = new(context, level, a.Scale, a.Estimate);
        for (int part = 0; part < a.Parts; part++) a.Part(part)[..result.Part(part).Length].CopyTo(result.Part(part));
        return result;
    }

    /// <summary>Checks and changes what is known of a sum before anything is added to it.</summary>
    private void Accumulate(CkksElement sum, CkksElement operand, double scale, CkksEstimate term)
    {
        if (ReferenceEquals(sum, operand)) throw new ArgumentException("A sum is not one of its terms.");
        sum.RequireLevelOf(operand, "an addition");
        sum.RequireScale(scale, "an addition");
        CkksEstimate total = sum.Estimate.Plus(term);
        if (sum.IsPromised) total = total with { Magnitude = sum.Estimate.Magnitude };
        total.CheckFit(_parameters, sum.Level, sum.Scale);
        sum.Estimate = total;
        (sum as CkksCiphertext)?.DropSeed();
    }

    private double Round(double constant, double scale)
    {
        double rounded = Math.Round(constant * scale);
        _parameters.RequireReducible(Math.Abs(rounded));
        return rounded;
    }

    /// <summary>sum += a * rounded.</summary>
    private void AddScaled(CkksCiphertext a, double rounded, CkksCiphertext sum)
    {
        for (int i = 0; i < a.Level; i++)
        {
            PrimeModulus modulus = _parameters.Modulus(i);
            double factor = modulus.Reduce(modulus.Reduce(rounded));
            for (int part = 0; part < a.Parts; part++)
                ResidueMap.AddScaled(modulus, sum.Residues(part, i), a.Residues(part, i), factor, sum.Residues(part, i));
        }
    }
}
