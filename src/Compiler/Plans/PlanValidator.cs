using System.Collections.Immutable;
using Blindsight.Arithmetic;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// Checks that a plan is one that both parties can run: every size bounded, every tensor written once before it is read,
/// and every step consistent with the widths and scales of its tensors.
/// </summary>
public static class PlanValidator
{
    /// <summary>Most elements of one tensor.</summary>
    public const long TensorElementsMax = 1L << 26;

    /// <summary>Most elements of all tensors together.</summary>
    public const long PlanElementsMax = 1L << 30;

    /// <summary>Widths of activation rings.</summary>
    public const int RingBitsMin = 12, RingBitsMax = 24;

    private const int CountMax = 100_000;
    private const int NameLengthMax = 1024;
    private const int RankMax = 16;
    private const int ScaleBitsMax = 100;

    /// <summary>Checks a plan.</summary>
    /// <exception cref="ParameterException">The first violation; the message names the step or tensor.</exception>
    public static void Validate(InferencePlan plan)
    {
        if (plan.FormatVersion != InferencePlan.CurrentFormatVersion)
            throw new ParameterException($"plan format version {plan.FormatVersion}; this program reads version {InferencePlan.CurrentFormatVersion}");
        if (!DeploymentKinds.All.Contains(plan.Deployment))
            throw new ParameterException($"deployment '{Shown(plan.Deployment)}' is not supported; it is {string.Join(" or ", DeploymentKinds.All)}");
        string[] comparisons = ComparisonKinds.Of(plan.Deployment);
        if (!comparisons.Contains(plan.Comparison))
            throw new ParameterException($"comparison '{Shown(plan.Comparison)}' is not supported; it is {string.Join(" or ", comparisons)}");
        if (plan.Release is not ("logits" or "label"))
            throw new ParameterException($"release '{Shown(plan.Release)}' is not supported; it is logits or label");
        Name("the model", plan.Model);
        Count("inputs", plan.Inputs);
        Count("outputs", plan.Outputs);
        Count("tensors", plan.Tensors);
        Count("steps", plan.Steps);
        foreach (PlanPort port in plan.Inputs.Concat(plan.Outputs))
        {
            Name("a port", port.Name);
            Shape($"port '{port.Name}'", port.Shape);
        }
        Tensors(plan.Tensors);
        CardRules.Check(plan.Card);
        new StepRules(plan).Check();
    }

    internal static ParameterException Fault(string step, string message) => new($"step '{Shown(step)}' of the plan: {message}");

    /// <summary>Number of elements, checked against the limit.</summary>
    private static long Shape(string what, ImmutableArray<int> shape)
    {
        if (shape.IsDefault || shape.Length > RankMax) throw new ParameterException($"{what}: more than {RankMax} axes");
        long elements = 1;
        foreach (int dimension in shape)
        {
            if (dimension < 1) throw new ParameterException($"{what}: a dimension of {dimension}");
            elements *= dimension;
            if (elements > TensorElementsMax) throw new ParameterException($"{what}: more than {TensorElementsMax} elements");
        }
        return elements;
    }

    private static void Tensors(ImmutableArray<PlanTensor> tensors)
    {
        long elements = 0;
        for (int i = 0; i < tensors.Length; i++)
        {
            PlanTensor tensor = tensors[i];
            Name($"tensor {i}", tensor.Name);
            string what = $"tensor {i} '{tensor.Name}' of the plan";
            if (tensor.Id != i) throw new ParameterException($"{what}: its id is {tensor.Id}");
            elements += Shape(what, tensor.Shape);
            if (tensor.RingBits is not (>= RingBitsMin and <= RingBitsMax or 32))
                throw new ParameterException($"{what}: {tensor.RingBits} ring bits; {RingBitsMin} to {RingBitsMax}, or 32");
            if (tensor.ValueBits < 2 || tensor.ValueBits > tensor.RingBits)
                throw new ParameterException($"{what}: {tensor.ValueBits} value bits; 2 to {tensor.RingBits}");
            if (Math.Abs((long)tensor.ScaleBits) > ScaleBitsMax)
                throw new ParameterException($"{what}: {tensor.ScaleBits} scale bits; at most {ScaleBitsMax} either way");
        }
        if (elements > PlanElementsMax)
            throw new ParameterException($"the plan holds {elements} elements; the limit is {PlanElementsMax}");
    }

    private static void Name(string what, string name)
    {
        if (name is null || name.Length > NameLengthMax)
            throw new ParameterException($"{what}: a name of more than {NameLengthMax} characters");
    }

    private static void Count<T>(string what, ImmutableArray<T> items)
    {
        if (items.IsDefaultOrEmpty || items.Length > CountMax)
            throw new ParameterException($"the plan has no {what}, or more than {CountMax}");
        if (items.Any(item => item is null)) throw new ParameterException($"one of the plan's {what} is null");
    }

    private static string Shown(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
