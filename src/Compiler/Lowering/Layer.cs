using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>One layer with one output; the kinds mirror those of <see cref="PlanStep"/>.</summary>
/// <param name="Name">The node's name in the model.</param>
/// <param name="Output">Id of the value that it writes.</param>
internal abstract record Layer(string Name, int Output)
{
    /// <summary>Ids of the values that it reads.</summary>
    public abstract ImmutableArray<int> Inputs { get; }

    /// <summary>The same layer reading other values.</summary>
    public abstract Layer WithInputs(Func<int, int> map);
}

/// <summary>The client's input.</summary>
internal sealed record InputLayer(string Name, int Index, int Output) : Layer(Name, Output)
{
    public override ImmutableArray<int> Inputs => [];
    public override Layer WithInputs(Func<int, int> map) => this;
}

/// <summary>Sum of terms plus a bias for each channel; the channel of element e is e / (elements / channels).</summary>
internal sealed record LinearLayer(string Name, ImmutableArray<FloatTerm> Terms, float[] Bias, int Output) : Layer(Name, Output)
{
    public override ImmutableArray<int> Inputs => [.. Terms.Select(term => term.Input)];
    public override Layer WithInputs(Func<int, int> map) =>
        this with { Terms = [.. Terms.Select(term => term with { Input = map(term.Input) })] };

    public int Channels => Bias.Length;

    /// <summary>Whether this is scale * x + bias, element by element.</summary>
    public bool IsAffine => Terms is [IdentityFloatTerm or ConvolutionFloatTerm { IsDiagonal: true }];

    /// <summary>Whether this is a window sum without weights, which is exact in the ring of 32 bits.</summary>
    public bool IsPlainSum =>
        Terms is [SumPoolFloatTerm { Multipliers: [1f] }] && Array.TrueForAll(Bias, bias => bias == 0);
}

/// <summary>min(max(x, Low), High); infinite where a bound is absent. ReLU is Low = 0.</summary>
internal sealed record ClampLayer(string Name, int Input, float Low, float High, int Output) : Layer(Name, Output)
{
    public override ImmutableArray<int> Inputs => [Input];
    public override Layer WithInputs(Func<int, int> map) => this with { Input = map(Input) };
}

/// <summary>
/// Another function for each channel, as in <see cref="ActivationStep"/>: a clamp, +-2^Exponent x^2 + Offset, x, or Offset. The
/// channel of element e is e / (elements / channels).
/// </summary>
/// <param name="Kinds">Letters of <see cref="ActivationStep"/>; never clamps alone.</param>
internal sealed record ActivationLayer(
    string Name, int Input, string Kinds, float Low, float High, ImmutableArray<int> Exponents, float[] Offsets, int Output) : Layer(Name, Output)
{
    public override ImmutableArray<int> Inputs => [Input];
    public override Layer WithInputs(Func<int, int> map) => this with { Input = map(Input) };

    public int Channels => Kinds.Length;

    public bool HasClamps => Kinds.Contains(ActivationStep.Clamp);

    /// <summary>Whether some channel copies its input, or is clamped to it: then input and output share their scale.</summary>
    public bool KeepsScale => HasClamps || Kinds.Contains(ActivationStep.Identity);

    /// <summary>Exponents of the squares; none where there are none.</summary>
    public IEnumerable<int> SquareExponents => Exponents.Where((_, channel) => Kinds[channel] is ActivationStep.Square or ActivationStep.NegatedSquare);

    /// <summary>Whether no element can be negative; with offsets that is not looked into.</summary>
    public bool IsNonNegative(bool input) => Array.TrueForAll(Offsets, offset => offset == 0)
        && Kinds.All(kind => kind is ActivationStep.Square or ActivationStep.Constant || input && kind == ActivationStep.Identity
            || kind == ActivationStep.Clamp && (input || Low >= 0));
}

/// <summary>Largest element of each window.</summary>
internal sealed record MaxPoolLayer(string Name, int Input, PoolGeometry Geometry, int Output) : Layer(Name, Output)
{
    public override ImmutableArray<int> Inputs => [Input];
    public override Layer WithInputs(Func<int, int> map) => this with { Input = map(Input) };
}

/// <summary>Moves elements.</summary>
/// <param name="Padding">What a <see cref="PadLayout"/> pads with; its own value is chosen with the scale.</param>
internal sealed record LayoutLayer(
    string Name, ImmutableArray<int> Sources, LayoutOperation Operation, int Output, float Padding = 0) : Layer(Name, Output)
{
    public override ImmutableArray<int> Inputs => Sources;
    public override Layer WithInputs(Func<int, int> map) => this with { Sources = [.. Sources.Select(map)] };
}

/// <summary>Index of the largest element along the last axis.</summary>
internal sealed record ArgMaxLayer(string Name, int Input, int Output) : Layer(Name, Output)
{
    public override ImmutableArray<int> Inputs => [Input];
    public override Layer WithInputs(Func<int, int> map) => this with { Input = map(Input) };
}
