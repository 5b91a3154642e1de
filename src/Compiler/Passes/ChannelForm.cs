using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// gate * clamp(x) + the sum of coefficients[k] x^k: one number for all channels or one a channel in each array, missing where zero
/// everywhere.
/// </summary>
internal sealed record ChannelForm(double[]? Gate, double[]?[] Coefficients, float Low, float High)
{
    private const int Count = 4;

    public static ChannelForm Identity { get; } = new(null, [null, [1], null, null], 0, 0);

    public static ChannelForm Constant(double[] values) => new(null, [values, null, null, null], 0, 0);

    public static ChannelForm Clamp(float low, float high) => new([1], new double[]?[Count], low, high);

    public ChannelForm Scaled(double factor) => this with
    {
        Gate = Map(Gate, value => value * factor), Coefficients = [.. Coefficients.Select(values => Map(values, value => value * factor))],
    };

    /// <summary>The sum; null where both clamp, differently.</summary>
    public ChannelForm? Plus(ChannelForm other)
    {
        if (Gate is not null && other.Gate is not null && (Low != other.Low || High != other.High)) return null;
        ChannelForm clamp = Gate is null ? other : this;
        return new(Sum(Gate, other.Gate), [.. Coefficients.Zip(other.Coefficients, Sum)], clamp.Low, clamp.High);
    }

    /// <summary>The product; null where it is more than a cubic, or a clamp times anything but numbers.</summary>
    public ChannelForm? Times(ChannelForm other)
    {
        if (Gate is not null && other.Coefficients[1..].Concat([other.Gate]).Any(values => values is not null)) return null;
        if (other.Gate is not null && Coefficients[1..].Any(values => values is not null)) return null;
        double[]?[] product = new double[]?[Count];
        for (int i = 0; i < Count; i++)
            for (int j = 0; j < Count; j++)
                if (Product(Coefficients[i], other.Coefficients[j]) is { } values)
                {
                    if (i + j >= Count) return null;
                    product[i + j] = Sum(product[i + j], values);
                }
        double[]? gate = Gate is not null ? Product(Gate, other.Coefficients[0]) : Product(other.Gate, Coefficients[0]);
        return new(gate, product, Gate is null ? other.Low : Low, Gate is null ? other.High : High);
    }

    /// <summary>
    /// The operator, where each channel is a clamp alone or a polynomial alone and the whole is more than one clamp, something affine or
    /// a multiple of x^2.
    /// </summary>
    public ChannelActivationOperator? ToOperator(int channels)
    {
        if (new[] { Gate }.Concat(Coefficients).Any(values => values is not null && values.Length != 1 && values.Length != channels)) return null;
        ChannelFunction[] functions = new ChannelFunction[channels];
        for (int c = 0; c < channels; c++)
        {
            double gate = At(Gate, c);
            float[] k = [.. Coefficients.Select(values => (float)At(values, c))];
            if (gate is not (0 or 1) || !Array.TrueForAll(k, float.IsFinite) || gate == 1 && Array.Exists(k, value => value != 0)) return null;
            functions[c] = gate == 1 ? ChannelFunction.Clamp : new(false, k[0], k[1], k[2], k[3]);
        }
        bool anyClamp = functions.Any(f => f.IsClamp), anyPolynomial = functions.Any(f => !f.IsClamp);
        bool needed = anyClamp ? anyPolynomial && Low <= High
            : functions.Any(f => f.Degree > 1) && !functions.All(f => f is { C3: 0, C1: 0, C0: 0 });
        return needed ? new(anyClamp ? Low : 0, anyClamp ? High : float.PositiveInfinity, [.. functions]) : null;
    }

    private static double At(double[]? values, int channel) => values is null ? 0 : values[values.Length == 1 ? 0 : channel];

    private static double[]? Sum(double[]? a, double[]? b) => a is null ? b : b is null ? a : Combine(a, b, (x, y) => x + y);

    private static double[]? Product(double[]? a, double[]? b) => a is null || b is null ? null : Combine(a, b, (x, y) => x * y);

    private static double[] Combine(double[] a, double[] b, Func<double, double, double> combine)
    {
        double[] result = new double[Math.Max(a.Length, b.Length)];
        for (int i = 0; i < result.Length; i++) result[i] = combine(a[a.Length == 1 ? 0 : i], b[b.Length == 1 ? 0 : i]);
        return result;
    }

    private static double[]? Map(double[]? values, Func<double, double> map) => values is null ? null : Array.ConvertAll(values, value => map(value));
}
