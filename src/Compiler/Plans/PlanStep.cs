using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json.Serialization;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// One protocol step of a plan. Steps run in order; tensors are named by their ids. No step carries a weight, a bias, a
/// slope or a coefficient: those stay with the model's owner (<see cref="QuantizedModel"/>).
/// </summary>
/// <param name="Name">The layer's name in the model, for reports and errors.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(InputStep), "input")]
[JsonDerivedType(typeof(LinearStep), "linear")]
[JsonDerivedType(typeof(ExtendStep), "extend")]
[JsonDerivedType(typeof(ReduceStep), "reduce")]
[JsonDerivedType(typeof(ClampStep), "clamp")]
[JsonDerivedType(typeof(ActivationStep), "activation")]
[JsonDerivedType(typeof(MaxPoolStep), "max-pool")]
[JsonDerivedType(typeof(LayoutStep), "layout")]
[JsonDerivedType(typeof(ArgMaxStep), "arg-max")]
[JsonDerivedType(typeof(OutputStep), "output")]
public abstract record PlanStep(string Name)
{
    /// <summary>Tensors that the step reads.</summary>
    [JsonIgnore] public abstract ImmutableArray<int> Reads { get; }

    /// <summary>The tensor that the step writes, or -1.</summary>
    [JsonIgnore] public abstract int Writes { get; }

    /// <summary>Most by which secure execution deviates from the clear reference on the same inputs, in units of the output.</summary>
    /// <param name="plan">The plan that the step belongs to.</param>
    public virtual int DeviationMax(InferencePlan plan) => 0;
}

/// <summary>The client's input number <paramref name="InputIndex"/>, encoded at the tensor's scale into Z_2^32.</summary>
public sealed record InputStep(string Name, int InputIndex, int Output) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [];
    public override int Writes => Output;
}

/// <summary>
/// output = ((sum of terms + bias) modulo 2^32) / 2^ChannelShifts[c], into the output's smaller ring. The inputs have 32 ring
/// bits; the accumulator of channel c has scale output.ScaleBits + ChannelShifts[c]. Truncation in the clear reference
/// rounds to the nearest (ties up); by shares it is within one unit of that. A shift of 0 is exact; a step without
/// convolutions may so stay in the ring of 32 bits and is then local (sum pools before a linear layer).
/// </summary>
/// <param name="ChannelShifts">
/// One for each output channel, 0 to 32 - l. The channel of element e is e / (elements / channels).
/// </param>
/// <param name="Released">
/// Whether the output is opened to the client as it is: then the server dithers the truncation, so that
/// the low bits of the accumulator do not reach the client.
/// </param>
public sealed record LinearStep(
    string Name, ImmutableArray<LinearTerm> Terms, ImmutableArray<int> ChannelShifts, int Output, bool Released)
    : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [.. Terms.Select(term => term.Input)];
    public override int Writes => Output;
    public override int DeviationMax(InferencePlan plan) => 1;
}

/// <summary>One summand of a linear step: a tensor of 32 ring bits under a linear map.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConvolutionTerm), "convolution")]
[JsonDerivedType(typeof(IdentityTerm), "identity")]
[JsonDerivedType(typeof(SumPoolTerm), "sum-pool")]
public abstract record LinearTerm(int Input);

/// <summary>A convolution or dense layer with secret weights.</summary>
public sealed record ConvolutionTerm(int Input, ConvolutionGeometry Geometry) : LinearTerm(Input);

/// <summary>The tensor itself, shifted left by LeftShifts[c] in channel c: a residual branch.</summary>
public sealed record IdentityTerm(int Input, ImmutableArray<int> LeftShifts) : LinearTerm(Input);

/// <summary>
/// Window sums with public integer multipliers: average pooling. Multipliers has one entry for each output position (row, column), or a
/// single one where all windows are divided alike.
/// </summary>
public sealed record SumPoolTerm(int Input, PoolGeometry Geometry, ImmutableArray<int> Multipliers) : LinearTerm(Input);

/// <summary>
/// The same numbers in Z_2^32. By one bit product for non-negative elements; signed elements need magnitude below
/// 2^(l-2) and are offset meanwhile.
/// </summary>
public sealed record ExtendStep(string Name, int Input, int Output) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [Input];
    public override int Writes => Output;
}

/// <summary>The same numbers in a smaller ring; local.</summary>
public sealed record ReduceStep(string Name, int Input, int Output) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [Input];
    public override int Writes => Output;
}

/// <summary>
/// output = min(max(input, Low), High), bounds in units of the tensor and absent where null. ReLU is Low = 0 alone. Input
/// and output share ring and scale. Differences to a bound must fit in the ring.
/// </summary>
/// <param name="DroppedBits">
/// Low bits that the comparison leaves out. An element above a bound by less than 2^DroppedBits may then count as below it, and come out as
/// Low (or, at High, as itself); the clear reference puts the step in the middle, at bound + 2^(DroppedBits - 1). The lowest
/// 2^DroppedBits numbers of the ring are outside the range.
/// </param>
public sealed record ClampStep(string Name, int Input, int Output, int? Low, int? High, int DroppedBits) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [Input];
    public override int Writes => Output;

    /// <summary>Sonic's profile truncates after the ReLU, and not in the linear step before.</summary>
    public override int DeviationMax(InferencePlan plan) => (1 << DroppedBits) - 1 + (plan.Comparison == ComparisonKinds.Sonic ? 1 : 0);
}

/// <summary>Maximum over windows; differences of two elements must fit in the ring.</summary>
/// <param name="DroppedBits">
/// Low bits that comparisons leave out: of two elements closer than 2^DroppedBits either may win, in each of the comparisons that lead to an
/// output. The clear reference takes the maximum.
/// </param>
public sealed record MaxPoolStep(string Name, int Input, int Output, PoolGeometry Geometry, int DroppedBits) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [Input];
    public override int Writes => Output;

    /// <summary>Each comparison on the way may lose as much: windows are reduced by columns, then by rows, in halves.</summary>
    public override int DeviationMax(InferencePlan plan) => ((1 << DroppedBits) - 1) * (Halvings(Geometry.KernelWidth) + Halvings(Geometry.KernelHeight));

    private static int Halvings(int candidates) => 32 - BitOperations.LeadingZeroCount((uint)candidates - 1);
}

/// <summary>Moves elements without changing them; local.</summary>
public sealed record LayoutStep(string Name, ImmutableArray<int> Inputs, int Output, LayoutOperation Operation) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => Inputs;
    public override int Writes => Output;
}

/// <summary>
/// The index of the largest element along the last axis (the first of equals). Input shape [..., n], output [...], scale 0.
/// </summary>
public sealed record ArgMaxStep(string Name, int Input, int Output) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [Input];
    public override int Writes => Output;
}

/// <summary>Opens a tensor to the client, who decodes it and applies <paramref name="PostOperation"/> in the clear.</summary>
public sealed record OutputStep(string Name, int Input, int OutputIndex, PostOperation PostOperation) : PlanStep(Name)
{
    public override ImmutableArray<int> Reads => [Input];
    public override int Writes => -1;
}

/// <summary>The client's own work on an opened output.</summary>
/// <param name="Axis">The axis of a softmax, over the shape without batch.</param>
public sealed record PostOperation(PostOperationKind Kind, int Axis = -1);

/// <summary>Functions that the client computes by itself.</summary>
public enum PostOperationKind { None, Softmax, LogSoftmax, Sigmoid, Tanh }
