namespace Blindsight.Training.Activations;

/// <summary>One way to replace a channel.</summary>
/// <param name="Coefficients">The polynomial, lowest degree first.</param>
/// <param name="Loss">Estimated increase of the loss, in nats an image.</param>
internal sealed record Replacement(float[] Coefficients, double Loss);

/// <summary>The replacements of one channel.</summary>
internal sealed class ChannelEstimate
{
    private readonly float[]?[] _coefficients;
    private readonly double[] _losses = new double[(int)ActivationKind.Exact];

    public ChannelEstimate(InputMoments moments, ActivationSource source)
        : this([.. Enumerable.Range(0, (int)ActivationKind.Exact).Select(kind => moments.Fit((ActivationKind)kind, source))], moments.Range)
    {
    }

    /// <param name="coefficients">By kind; null where nothing fits.</param>
    public ChannelEstimate(float[]?[] coefficients, float range) => (_coefficients, Range) = (coefficients, range);

    /// <summary>Largest magnitude of the channel's input.</summary>
    public float Range { get; }

    /// <summary>The replacement by a polynomial, or null where none fits.</summary>
    public Replacement? this[ActivationKind kind] =>
        _coefficients[(int)kind] is { } coefficients ? new(coefficients, _losses[(int)kind]) : null;

    /// <summary>Takes in one image.</summary>
    public void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> gradient, ReadOnlySpan<float> current)
    {
        for (int kind = 0; kind < _losses.Length; kind++)
        {
            if (_coefficients[kind] is not { } coefficients) continue;
            double change = ActivationLoops.Change(x, gradient, current, coefficients);
            _losses[kind] += change * change;
        }
    }

    public void Divide(double by)
    {
        foreach (ref double loss in _losses.AsSpan()) loss /= by;
    }
}
