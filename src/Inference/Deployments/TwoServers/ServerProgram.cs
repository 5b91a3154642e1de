using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Bits;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Steps;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>
/// A plan as two servers run it: its steps, which tensors are opened, and how many bits of each share are kept. The same at both servers and, without the
/// model, at a dealer. A comparison's results can have 32 bits at no further exchange; where an extension waits for them, a tensor's
/// shares therefore hold its numbers modulo 2^32 from the clamp on, through layouts and maxima, and the extension sends nothing.
/// </summary>
internal sealed class ServerProgram
{
    private readonly int[] _heldBits;
    private readonly WholeRing? _wholeRing;

    /// <param name="model">A server's; null at a dealer, who runs nothing.</param>
    /// <exception cref="ParameterException">The plan is for another deployment, or has a step that its profile does not have.</exception>
    public ServerProgram(InferencePlan plan, MaskedModel? model)
    {
        ComparisonMethod method = Method(plan);
        Flow = new DataFlow(plan);
        Name = PlanSerializer.Hash(plan);
        _wholeRing = plan.Comparison == ComparisonKinds.Sonic ? new WholeRing(plan) : null;
        _heldBits = _wholeRing?.HeldBits ?? Hold(plan, lifts: method is ComparisonMethod.Tables or ComparisonMethod.Functions);
        ImmutableArray<StepProtocol> transfers = method == ComparisonMethod.Transfers ? StepProtocols.Create(Flow, rows: 1, model: null) : [];
        Steps = [.. plan.Steps.Select((step, index) => method == ComparisonMethod.Transfers && !IsLocal(step)
            ? new TransferServerStep(step, transfers[index], index, plan, model) : Create(step, index, method, model))];
        Shapes = [.. Steps.SelectMany(step => step.Shapes.AddRange(OpeningShapes(step.Step)))];
    }

    public DataFlow Flow { get; }

    /// <summary>Hash of the plan: equal where two servers run the same.</summary>
    public byte[] Name { get; }

    public InferencePlan Plan => Flow.Plan;

    public ImmutableArray<ServerStep> Steps { get; }

    /// <summary>Everything that a query takes from a source, in order: each step's own, then the mask of what it writes.</summary>
    public ImmutableArray<CorrelationShape> Shapes { get; }

    /// <summary>Online, with the opening of what the step writes, if it is opened.</summary>
    public OpeningCost Cost(ServerStep step) =>
        step.Cost + (Flow.Opens(step.Step) ? new OpeningCost(OpenedBytes(step.Step.Writes), 1) : default);

    /// <summary>Everything online, told to a script in which the first server is the server.</summary>
    public void Run(Script script)
    {
        foreach (ServerStep step in Steps) Run(script, step);
    }

    /// <summary>A step, with the opening of what it writes, if it is opened.</summary>
    public void Run(Script script, ServerStep step)
    {
        step.Run(script);
        if (Flow.Opens(step.Step)) script.Exchange(OpenedBytes(step.Step.Writes));
    }

    /// <summary>Bits of a tensor's shares: 32, or those of its ring.</summary>
    public int HeldBits(int tensor) => _heldBits[tensor];

    /// <summary>
    /// Bits in which a tensor is opened: a convolution whose result keeps l bits and drops f takes its operand modulo 2^(l + f), of the largest f of
    /// its channels. In the whole ring of Sonic's profile 32.
    /// </summary>
    public int OpenedBits(int tensor) => _wholeRing is not null ? 32 : Flow.Convolutions(tensor)
        .Select(convolution => (LinearStep)Plan.Steps[convolution.Step]).Max(step => Plan.Tensors[step.Output].RingBits + step.ChannelShifts.Max());

    /// <summary>Of the opening of a tensor, each way.</summary>
    public int OpenedBytes(int tensor) => BitPacking.PackedBytes(Plan.Tensors[tensor].Elements, OpenedBits(tensor));

    /// <summary>By channel how many low bits a tensor's shares still have to lose to be at its scale; empty where none.</summary>
    public ImmutableArray<int> WaitingShifts(int tensor) => _wholeRing?.Shifts(tensor) ?? [];

    /// <summary>The mask under which what a step writes is opened, or nothing.</summary>
    public ImmutableArray<CorrelationShape> OpeningShapes(PlanStep step) =>
        Flow.Opens(step) ? [new MaskShape(step.Writes, Plan.Tensors[step.Writes].Elements)] : [];

    private static ComparisonMethod Method(InferencePlan plan)
    {
        if (plan.Deployment != DeploymentKinds.TwoServers)
            throw new ParameterException($"the plan is for the deployment {plan.Deployment}, not for two servers");
        return plan.Comparison switch
        {
            ComparisonKinds.Tables => ComparisonMethod.Tables, ComparisonKinds.Functions => ComparisonMethod.Functions,
            ComparisonKinds.Prefix or ComparisonKinds.Sonic => ComparisonMethod.Prefix, ComparisonKinds.Transfers => ComparisonMethod.Transfers,
            _ => throw new ParameterException($"comparison by {plan.Comparison} is not for two servers"),
        };
    }

    /// <summary>Whether each server does a step alone, or, of a linear step, what remains of it online.</summary>
    private static bool IsLocal(PlanStep step) => step switch
    {
        ClampStep or MaxPoolStep or ArgMaxStep or ExtendStep => false, ActivationStep activation => DataFlow.IsLocal(activation), _ => true,
    };

    /// <param name="lifts">Whether comparisons can give 32 bits.</param>
    private static int[] Hold(InferencePlan plan, bool lifts)
    {
        bool[] wanted = new bool[plan.Tensors.Length];
        foreach (PlanStep step in plan.Steps.Reverse())
            if (step is ExtendStep || step is LayoutStep or MaxPoolStep && wanted[step.Writes])
                foreach (int tensor in step.Reads) wanted[tensor] = true;
        int[] held = [.. plan.Tensors.Select(tensor => tensor.RingBits)];
        foreach (PlanStep step in plan.Steps)
        {
            bool can = lifts && step is ClampStep { Low: not null } || step is LayoutStep or MaxPoolStep && step.Reads.All(tensor => held[tensor] == 32);
            if (can && wanted[step.Writes]) held[step.Writes] = 32;
        }
        return held;
    }

    private ServerStep Create(PlanStep step, int index, ComparisonMethod method, MaskedModel? model)
    {
        ImmutableArray<PlanTensor> tensors = Plan.Tensors;
        return step switch
        {
            InputStep s => new InputServerStep(s),
            LinearStep s => new LinearServerStep(s, index, Plan, model, truncates: WaitingShifts(s.Output).IsEmpty),
            ExtendStep s => new ExtendServerStep(
                s, tensors[s.Input].Elements, tensors[s.Input].RingBits, !tensors[s.Input].NonNegative, _heldBits[s.Input] == 32),
            ReduceStep s => new ReduceServerStep(s, _heldBits[s.Output]),
            ClampStep s when _wholeRing is not null => new SonicReluServerStep(s, tensors[s.Input].Elements, WaitingShifts(s.Input)),
            ClampStep s => new ClampServerStep(s, method, tensors[s.Input].Elements, tensors[s.Input].RingBits, _heldBits[s.Output]),
            ActivationStep s => new ActivationServerStep(s, index, Plan, method, model),
            MaxPoolStep s => new MaxPoolServerStep(s, method, _wholeRing is null ? tensors[s.Input].RingBits : 32, _heldBits[s.Output]),
            LayoutStep s => new LayoutServerStep(s, Plan, _heldBits[s.Output]),
            ArgMaxStep s => new ArgMaxServerStep(
                s, method, tensors[s.Output].Elements, tensors[s.Input].Shape[^1], tensors[s.Input].RingBits, tensors[s.Output].RingBits),
            OutputStep s => new OutputServerStep(s, tensors[s.Input].Elements, tensors[s.Input].RingBits),
            _ => throw new ArgumentException($"{step.GetType().Name} has no protocol between two servers."),
        };
    }
}
