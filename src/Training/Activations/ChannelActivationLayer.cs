using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Activations;

/// <summary>
/// min(max(x, Low), High) in some channels, a polynomial of degree 0 to 3 in the others. A channel that becomes a polynomial does so gradually:
/// while training it is r * exact + (1 - r) * polynomial, r falling from 1 to 0 (Delphi, section 5). Inputs of squares and cubes that leave
/// the range in which the polynomial was fitted cost a penalty of their squared excess.
/// </summary>
/// <param name="source">A linear channel has slope 1 where nothing before can take a scale.</param>
internal sealed class ChannelActivationLayer(FeatureShape shape, float low, float high, ActivationSource source) : Layer
{
    /// <summary>Coefficients of a channel, lowest degree first.</summary>
    public const int Terms = 4;

    /// <summary>The share of a run in which new polynomials take over.</summary>
    private const float AnnealedShare = 0.5f;

    private readonly ActivationKind[] _kinds = Filled(shape.Channels, ActivationKind.Exact);
    private readonly bool[] _isNew = new bool[shape.Channels];
    private readonly Parameter _coefficients = new("coefficients", ParameterRole.Offset, Terms * shape.Channels);
    private readonly Parameter _ranges = new("ranges", ParameterRole.Statistic, shape.Channels);
    private float _exactness;

    public float Low { get; } = low;
    public float High { get; } = high;
    public ActivationSource Source { get; } = source;

    /// <summary>Weight of the penalty, for each image, of the mean squared excess.</summary>
    public float RangePenalty { get; set; }

    public override FeatureShape OutputShape { get; } = shape;
    public override IReadOnlyList<Parameter> Parameters => [_coefficients, _ranges];
    public override string Describe() =>
        FormattableString.Invariant($"activation {Low:R} {High:R} {string.Concat(_kinds.Select(kind => (int)kind))} penalty {RangePenalty:R}");

    /// <summary>By channel.</summary>
    public ReadOnlySpan<ActivationKind> Kinds => _kinds;

    /// <summary>The polynomial of a channel, lowest degree first; zeros where it is exact.</summary>
    public ReadOnlySpan<float> CoefficientsOf(int channel) => _coefficients.Values.AsSpan(Terms * channel, Terms);

    /// <summary>Makes a channel a polynomial.</summary>
    /// <param name="range">Largest magnitude of its input in the data that it was fitted to.</param>
    public void Replace(int channel, ActivationKind kind, ReadOnlySpan<float> coefficients, float range)
    {
        _isNew[channel] = _kinds[channel] == ActivationKind.Exact;
        _kinds[channel] = kind;
        Span<float> values = _coefficients.Values.AsSpan(Terms * channel, Terms);
        values.Clear();
        coefficients.CopyTo(values);
        _ranges.Values[channel] = range;
    }

    /// <summary>Sets every channel's kind and leaves coefficients alone, as when they are loaded.</summary>
    public void SetKinds(ReadOnlySpan<ActivationKind> kinds)
    {
        kinds.CopyTo(_kinds);
        Settle();
    }

    /// <summary>Ends the transition of all channels.</summary>
    public void Settle()
    {
        Array.Clear(_isNew);
        _exactness = 0;
    }

    public override void Progress(float share) => _exactness = Math.Max(0, 1 - share / AnnealedShare);

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) => ForEachPlane(pass, (image, channel, _) =>
    {
        ReadOnlySpan<float> x = Plane(inputs[0].Values, image, channel);
        Span<float> y = Plane(output.Values, image, channel);
        if (_kinds[channel] == ActivationKind.Exact) ActivationLoops.Clamp(x, Low, High, y);
        else ActivationLoops.Evaluate(x, CoefficientsOf(channel), Exactness(pass, channel), Low, High, y);
    });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        ForEachPlane(pass, (image, channel, slice) =>
        {
            ReadOnlySpan<float> x = Plane(inputs[0].Values, image, channel), gradient = Plane(output.Gradients, image, channel);
            ActivationKind kind = _kinds[channel];
            float exactness = Exactness(pass, channel);
            if (kind != ActivationKind.Exact)
                ActivationLoops.AddMoments(x, gradient, 1 - exactness, (int)kind, _coefficients.Share(slice).Slice(Terms * channel, Terms));
            if (!inputs[0].NeedsGradients) return;
            Span<float> sum = Plane(inputs[0].Gradients, image, channel);
            if (kind == ActivationKind.Exact) ActivationLoops.AddClamped(x, gradient, Low, High, sum);
            else ActivationLoops.AddDerivative(x, gradient, CoefficientsOf(channel), exactness, Low, High, sum);
            if (RangePenalty > 0 && kind is ActivationKind.Square or ActivationKind.Cubic)
                ActivationLoops.AddExcess(x, _ranges.Values[channel], 2 * RangePenalty / (pass.Images * OutputShape.Elements), sum);
        });
        _coefficients.SumShares();
        for (int i = 0; i < _coefficients.Gradients.Length; i++)
            if (!IsTrained(_kinds[i / Terms], i % Terms)) _coefficients.Gradients[i] = 0;
    }

    /// <summary>
    /// A square's leading coefficient is a power of two, a linear channel's slope 1 where nothing before takes a scale; both stay so.
    /// </summary>
    private bool IsTrained(ActivationKind kind, int term) => kind switch
    {
        ActivationKind.Exact => false,
        ActivationKind.Square => term < 2,
        ActivationKind.Linear => term == 0 || term == 1 && Source == ActivationSource.Normalised,
        _ => term <= (int)kind,
    };

    protected override Layer Fresh()
    {
        ChannelActivationLayer layer = new(OutputShape, Low, High, Source) { RangePenalty = RangePenalty };
        layer.SetKinds(_kinds);
        return layer;
    }

    private float Exactness(Pass pass, int channel) => pass.IsTraining && _isNew[channel] ? _exactness : 0;

    private void ForEachPlane(Pass pass, Action<int, int, int> body) => pass.ForEachSlice(slice =>
    {
        for (int image = slice.First; image < slice.First + slice.Images; image++)
            for (int channel = 0; channel < OutputShape.Channels; channel++) body(image, channel, slice.Index);
    });

    private Span<float> Plane(float[] batch, int image, int channel) =>
        batch.AsSpan(image * OutputShape.Elements + channel * OutputShape.Positions, OutputShape.Positions);

    private static ActivationKind[] Filled(int count, ActivationKind kind)
    {
        ActivationKind[] kinds = new ActivationKind[count];
        Array.Fill(kinds, kind);
        return kinds;
    }
}
