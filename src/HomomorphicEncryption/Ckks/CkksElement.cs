using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Polynomials of one level and scale, as transforms with reduced residues. Level, scale and estimate are public. May be read by several
/// threads; disposal gives the memory back.
/// </summary>
public abstract class CkksElement : IDisposable
{
    /// <summary>Scales that differ by less, relatively, are the same but for rounding: at most 2^-48 of a message.</summary>
    internal const double ScaleTolerance = 3.6e-15;

    private readonly bool _secret;
    private AlignedBuffer<double>? _buffer;

    private protected CkksElement(CkksContext context, int parts, int level, double scale, CkksEstimate estimate, bool secret)
    {
        CkksParameters parameters = context.Parameters;
        if (level < 1 || level > parameters.Levels) throw new ParameterException($"the level {level} is not between 1 and {parameters.Levels}");
        if (!double.IsFinite(scale) || scale < 1) throw new ParameterException($"the scale {scale} is not a number of at least 1");
        estimate.CheckFit(parameters, level, scale);
        (Context, Parts, Level, Scale, Estimate, _secret) = (context, parts, level, scale, estimate, secret);
        _buffer = context.Rent(parts * level * parameters.Degree);
    }

    /// <summary>How many primes the modulus has.</summary>
    public int Level { get; }

    /// <summary>What numbers were multiplied by.</summary>
    public double Scale { get; }

    /// <summary>Largest magnitude of the numbers, and the noise.</summary>
    public CkksEstimate Estimate { get; internal set; }

    /// <summary>Whether the magnitude is what the caller promised of a finished sum, rather than what follows from its terms.</summary>
    internal bool IsPromised { get; init; }

    /// <summary>Bound of the error of each number, beyond what exact arithmetic on the encoded numbers gives.</summary>
    public double ErrorBound => Estimate.ErrorBound(Context.Parameters, Scale);

    /// <summary>Replaces the estimate by a looser one that says less about where the element comes from.</summary>
    /// <exception cref="ParameterException">It is tighter, or does not fit the level.</exception>
    public void Loosen(CkksEstimate estimate)
    {
        if (estimate.Magnitude < Estimate.Magnitude || estimate.Deviation < Estimate.Deviation)
            throw new ParameterException($"an estimate of deviation 2^{Math.Log2(Estimate.Deviation):F1} cannot be replaced by a tighter one");
        estimate.CheckFit(Context.Parameters, Level, Scale);
        Estimate = estimate;
    }

    internal CkksContext Context { get; }

    internal int Parts { get; }

    /// <summary>All residues: by part, then by prime.</summary>
    internal Span<double> All
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.Span;
        }
    }

    /// <summary>The residues of one part modulo all primes.</summary>
    internal Span<double> Part(int part) => All.Slice(part * Level * Context.Parameters.Degree, Level * Context.Parameters.Degree);

    /// <summary>Parts times primes.</summary>
    internal int Rows => Parts * Level;

    /// <summary>The residues of part row / level modulo prime row % level.</summary>
    internal Span<double> Row(int row) => All.Slice(row * Context.Parameters.Degree, Context.Parameters.Degree);

    internal PrimeModulus ModulusOf(int row) => Context.Parameters.Modulus(row % Level);

    /// <summary>The residues of one part modulo one prime.</summary>
    internal Span<double> Residues(int part, int prime) => Row(part * Level + prime);

    internal void RequireContext(CkksContext context)
    {
        if (!ReferenceEquals(Context, context)) throw new ArgumentException("What works together belongs to one context.");
    }

    /// <exception cref="ParameterException">The levels differ.</exception>
    internal void RequireLevelOf(CkksElement other, string operation)
    {
        other.RequireContext(Context);
        if (Level != other.Level) throw new ParameterException($"{operation} needs equal levels, not {Level} and {other.Level}");
    }

    /// <exception cref="ParameterException">The levels or the scales differ.</exception>
    internal void RequireScaleOf(CkksElement other, string operation)
    {
        RequireLevelOf(other, operation);
        RequireScale(other.Scale, operation);
    }

    internal void RequireScale(double scale, string operation)
    {
        if (Math.Abs(Scale - scale) > ScaleTolerance * Scale)
            throw new ParameterException($"{operation} needs equal scales, not {Scale:R} (2^{Math.Log2(Scale):F3}) and {scale:R} (2^{Math.Log2(scale):F3})");
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) Context.Return(buffer, _secret);
    }
}

/// <summary>An encoded message. Cleared on disposal.</summary>
public sealed class CkksPlaintext : CkksElement
{
    internal CkksPlaintext(CkksContext context, int level, double scale, CkksEstimate estimate)
        : base(context, 1, level, scale, estimate, secret: true) { }
}

/// <summary>A ciphertext (c0, c1) with c0 + c1 s = message + noise.</summary>
public sealed class CkksCiphertext : CkksElement
{
    internal CkksCiphertext(CkksContext context, int level, double scale, CkksEstimate estimate, byte[]? seed = null)
        : base(context, 2, level, scale, estimate, secret: false) => Seed = seed;

    /// <summary>What c1 was expanded from, where it is a fresh one under a secret key: then it travels in its place.</summary>
    internal byte[]? Seed { get; private set; }

    /// <summary>c1 is about to change.</summary>
    internal void DropSeed() => Seed = null;
}

/// <summary>A product, or a sum of products, (c0, c1, c2) with c0 + c1 s + c2 s^2 = message + noise: relinearise it once.</summary>
public sealed class CkksProduct : CkksElement
{
    internal CkksProduct(CkksContext context, int level, double scale, CkksEstimate estimate)
        : base(context, 3, level, scale, estimate, secret: false) { }
}
