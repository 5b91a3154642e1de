using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Plans;

/// <summary>One line of a plan for people.</summary>
/// <param name="Shape">Of the tensor that the step writes; of the opened one for an output.</param>
public sealed record PlanRow(int Step, string Name, string Kind, string Shape, int RingBits, int ValueBits, int ScaleBits, string Details);

/// <summary>A plan as a table.</summary>
public static class PlanTable
{
    /// <summary>One row for each step.</summary>
    public static ImmutableArray<PlanRow> Rows(InferencePlan plan) => [.. plan.Steps.Select((step, index) => Row(plan, step, index))];

    private static PlanRow Row(InferencePlan plan, PlanStep step, int index)
    {
        PlanTensor tensor = plan.Tensors[step.Writes >= 0 ? step.Writes : step.Reads[0]];
        return new(index, step.Name, Kind(step), string.Join(" x ", tensor.Shape), tensor.RingBits, tensor.ValueBits, tensor.ScaleBits, Details(plan, step));
    }

    /// <summary>The name of a step's kind.</summary>
    public static string Kind(PlanStep step) => step switch
    {
        InputStep => "input", LinearStep => "linear", ExtendStep => "extend", ReduceStep => "reduce",
        ClampStep { Low: 0, High: null } => "relu", ClampStep => "clamp", ActivationStep => "activation", MaxPoolStep => "max-pool", LayoutStep => "layout",
        ArgMaxStep => "arg-max", _ => "output",
    };

    private static string Details(InferencePlan plan, PlanStep step) => step switch
    {
        LinearStep linear => string.Join(" + ", linear.Terms.Select(Term))
            + $", drops {Range(linear.ChannelShifts)} bits" + (linear.Released ? ", released" : ""),
        ClampStep { Low: 0, High: null } relu => Dropped(relu.DroppedBits),
        ClampStep clamp => $"{Bound(plan, clamp.Input, clamp.Low)} to {Bound(plan, clamp.Input, clamp.High)}{Dropped(clamp.DroppedBits, ", ")}",
        ActivationStep activation => Kinds(plan, activation),
        MaxPoolStep { Geometry: var g } pool =>
            $"{g.KernelHeight} x {g.KernelWidth}, stride {g.StrideHeight} x {g.StrideWidth}{Dropped(pool.DroppedBits, ", ")}",
        LayoutStep layout => layout.Operation.GetType().Name.Replace("Layout", "").ToLowerInvariant(),
        OutputStep output => output.PostOperation.Kind == PostOperationKind.None ? "" : $"then {output.PostOperation.Kind} by the client",
        _ => "",
    };

    /// <summary>How many channels have which function; all of it public.</summary>
    private static string Kinds(InferencePlan plan, ActivationStep step)
    {
        string clamp = step is { Low: 0, High: null } ? "relu" : $"clamp {Bound(plan, step.Input, step.Low)} to {Bound(plan, step.Input, step.High)}";
        (string Name, string Letters)[] kinds = [(clamp, "c"), ("degree 2", "sn"), ("degree 1", "i"), ("degree 0", "k")];
        IEnumerable<string> counts = kinds.Select(kind => (kind.Name, Count: step.Kinds.Count(kind.Letters.Contains)))
            .Where(kind => kind.Count > 0).Select(kind => step.Channels == 1 ? kind.Name : $"{kind.Count} {kind.Name}");
        return string.Join(", ", counts) + Dropped(step.DroppedBits, ", ") + (step.InputShift > 0 ? $", squares without {step.InputShift} low bits" : "");
    }

    private static string Dropped(int bits, string before = "") => bits == 0 ? "" : $"{before}compares without {bits} low bits";

    private static string Term(LinearTerm term) => term switch
    {
        ConvolutionTerm { Geometry: { InHeight: 1, InWidth: 1 } g } => $"dense {g.InChannels} to {g.OutChannels}",
        ConvolutionTerm { Geometry: var g } => $"convolution {g.KernelHeight} x {g.KernelWidth}{Extras(g)}, {g.InChannels} to {g.OutChannels}",
        SumPoolTerm { Geometry: var g } => $"sum {g.KernelHeight} x {g.KernelWidth}",
        _ => "identity",
    };

    private static string Extras(ConvolutionGeometry g) =>
        (g.StrideHeight * g.StrideWidth > 1 ? $" stride {g.StrideHeight} x {g.StrideWidth}" : "") + (g.Groups > 1 ? $" groups {g.Groups}" : "");

    private static string Bound(InferencePlan plan, int input, int? bound) =>
        bound is null ? "open" : Math.ScaleB(bound.Value, -plan.Tensors[input].ScaleBits).ToString("g4");

    private static string Range(ImmutableArray<int> values) => values.Min() == values.Max() ? $"{values[0]}" : $"{values.Min()} to {values.Max()}";
}
