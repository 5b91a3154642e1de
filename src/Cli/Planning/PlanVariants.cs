using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;

namespace Blindsight.Cli.Planning;

/// <summary>A plan with other activations, for predictions alone: numbers and ranges stay as they were.</summary>
internal sealed class PlanVariants
{
    private readonly InferencePlan _plan;
    private readonly int[] _steps;
    private readonly int[] _channels;

    /// <param name="names">Of the layers whose clamps vary.</param>
    /// <param name="channels">Of each.</param>
    /// <exception cref="ParameterException">The plan has no clamp or activation of a name.</exception>
    public PlanVariants(InferencePlan plan, ImmutableArray<string> names, ImmutableArray<int> channels)
    {
        _plan = plan;
        _channels = [.. channels];
        _steps = [.. names.Select(name => plan.Steps.Select((step, index) => (step, index))
            .Where(at => at.step.Name == name && at.step is ClampStep or ActivationStep).Select(at => at.index).DefaultIfEmpty(-1).Single())];
        int missing = Array.IndexOf(_steps, -1);
        if (missing >= 0) throw new ParameterException($"The plan has no activation '{names[missing]}'.");
    }

    /// <summary>Elements of an activation, an image.</summary>
    public int Elements(int activation) => _plan.Tensors[_plan.Steps[_steps[activation]].Writes].Elements;

    public InferencePlan AllExact() => With((_, channels) => new string(ActivationStep.Clamp, channels));

    public InferencePlan AllLinear() => With((_, channels) => new string(ActivationStep.Identity, channels));

    public InferencePlan AllSquares() => With((_, channels) => new string(ActivationStep.Square, channels));

    /// <summary>One channel of one activation exact, everything else linear.</summary>
    public InferencePlan OneExact(int activation) => One(activation, ActivationStep.Clamp);

    /// <summary>One channel of one activation a square, everything else linear.</summary>
    public InferencePlan OneSquare(int activation) => One(activation, ActivationStep.Square);

    private InferencePlan One(int activation, char kind) => With((at, channels) =>
        at == activation ? kind + new string(ActivationStep.Identity, channels - 1) : new string(ActivationStep.Identity, channels));

    private InferencePlan With(Func<int, int, string> kinds)
    {
        ImmutableArray<PlanStep>.Builder steps = _plan.Steps.ToBuilder();
        for (int i = 0; i < _steps.Length; i++) steps[_steps[i]] = Step(_plan.Steps[_steps[i]], kinds(i, _channels[i]));
        return _plan with { Steps = steps.ToImmutable() };
    }

    private PlanStep Step(PlanStep step, string kinds)
    {
        (int? low, int? high, int dropped) = step switch
        {
            ClampStep clamp => (clamp.Low, clamp.High, clamp.DroppedBits),
            ActivationStep activation => (activation.HasClamps ? activation.Low : 0, activation.High, activation.DroppedBits),
            _ => throw new InvalidOperationException("Activations are clamps or activations."),
        };
        int input = step.Reads[0];
        if (!kinds.AsSpan().ContainsAnyExcept(ActivationStep.Clamp)) return new ClampStep(step.Name, input, step.Writes, low, high, dropped);
        bool anyExact = kinds.Contains(ActivationStep.Clamp), anySquare = kinds.Contains(ActivationStep.Square);
        PlanTensor tensor = _plan.Tensors[input];
        int shift = anySquare ? SquareInputShift(tensor) : 0;
        return new ActivationStep(step.Name, input, step.Writes, kinds,
            [.. kinds.Select(kind => kind == ActivationStep.Square ? SquareExponent(tensor) : 0)], shift,
            anyExact ? low : null, anyExact ? high : null, anyExact ? dropped : 0);
    }

    /// <summary>Leaves <see cref="SquaredBits"/> bits, as calibration aims at.</summary>
    private static int SquareInputShift(PlanTensor tensor) => Math.Max(0, tensor.ValueBits - SquaredBits);

    private const int SquaredBits = 11;

    /// <summary>The exponent at which the square of the largest input just fits the output.</summary>
    private static int SquareExponent(PlanTensor tensor) => tensor.ScaleBits - tensor.ValueBits + 1;
}
