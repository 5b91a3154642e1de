using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;

namespace Blindsight.Inference.Protocols;

/// <summary>
/// What follows from a plan about its tensors, the same at both parties: which are opened under the client's mask, of which
/// the client knows its share before the input, and when each is last used.
/// </summary>
/// <remarks>
/// A tensor that enters a convolution is opened once to the server as x - r. From then on its shares are r at the client and
/// x - r at the server, wherever it is used, so that the client's share of everything linear in opened tensors is known offline.
/// </remarks>
internal sealed class DataFlow
{
    private readonly bool _hasClient;
    private readonly bool[] _opened;
    private readonly bool[] _knownOffline;
    private readonly int[] _lastUse;
    private readonly int[] _producer;

    public DataFlow(InferencePlan plan)
    {
        Plan = plan;
        _hasClient = plan.Deployment == DeploymentKinds.ClientServer;
        _opened = new bool[plan.Tensors.Length];
        _knownOffline = new bool[plan.Tensors.Length];
        _lastUse = new int[plan.Tensors.Length];
        _producer = new int[plan.Tensors.Length];
        Array.Fill(_lastUse, -1);
        for (int step = 0; step < plan.Steps.Length; step++)
        {
            if (plan.Steps[step].Writes >= 0) _producer[plan.Steps[step].Writes] = step;
            foreach (int tensor in plan.Steps[step].Reads) _lastUse[tensor] = step;
            if (plan.Steps[step] is LinearStep linear)
                foreach (ConvolutionTerm term in linear.Terms.OfType<ConvolutionTerm>()) _opened[term.Input] = true;
        }
        foreach (PlanStep step in plan.Steps)
            if (step.Writes >= 0) _knownOffline[step.Writes] = Propagates(step);
    }

    public InferencePlan Plan { get; }

    /// <summary>Whether the tensor is opened to the server under a mask of the client's.</summary>
    public bool Opened(int tensor) => _opened[tensor];

    /// <summary>Whether what the step writes is opened.</summary>
    public bool Opens(PlanStep step) => step.Writes >= 0 && _opened[step.Writes];

    /// <summary>Whether the client's share, as later steps use it, does not depend on the input; between two servers nobody's is such.</summary>
    public bool ClientKnowsShareOffline(int tensor) => _hasClient && (_opened[tensor] || _knownOffline[tensor]);

    /// <summary>The step after which nothing reads the tensor; -1 where nothing ever does.</summary>
    public int LastUse(int tensor) => _lastUse[tensor];

    /// <summary>The step that writes the tensor.</summary>
    public int Producer(int tensor) => _producer[tensor];

    /// <summary>The geometries of all convolutions of an opened tensor, in plan order, with step and term.</summary>
    public IEnumerable<(int Step, int Term, ConvolutionGeometry Geometry)> Convolutions(int tensor)
    {
        for (int step = 0; step < Plan.Steps.Length; step++)
        {
            if (Plan.Steps[step] is not LinearStep linear) continue;
            for (int term = 0; term < linear.Terms.Length; term++)
                if (linear.Terms[term] is ConvolutionTerm convolution && convolution.Input == tensor)
                    yield return (step, term, convolution.Geometry);
        }
    }

    /// <summary>The geometry of a convolution.</summary>
    public ConvolutionGeometry Geometry(int step, int term) => ((ConvolutionTerm)((LinearStep)Plan.Steps[step]).Terms[term]).Geometry;

    /// <summary>Whether an activation copies and fills in constants only, so that each party does it alone.</summary>
    public static bool IsLocal(ActivationStep step) => !step.HasSquares && !step.HasClamps;

    private bool Propagates(PlanStep step) =>
        (step is LinearStep or ReduceStep or LayoutStep || step is ActivationStep activation && IsLocal(activation))
        && step.Reads.All(ClientKnowsShareOffline);
}
