using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Steps;
using Blindsight.Inference.Sessions;

namespace Blindsight.Inference.Costs;

/// <summary>What a session does for one batch, in the order of <see cref="Engine"/>, told to a rehearsal.</summary>
/// <param name="steps">Of the batch.</param>
/// <param name="transforms">As in <see cref="RequestSchedule.Run"/>.</param>
internal sealed class RehearsedSession(
    Rehearsal script, DataFlow flow, RequestSchedule schedule, ImmutableArray<StepProtocol> steps, int rows, Func<RequestSchedule.Answer, long> transforms)
{
    private static readonly ImmutableArray<Role> Both = [Role.Client, Role.Server];

    /// <summary>From the handshake to base transfers.</summary>
    public void SetUp()
    {
        Handshake.Run(script);
        SessionSetup.Run(script, flow);
    }

    /// <summary>The client's command to prepare or to infer.</summary>
    public void Command() => Sessions.Command.Run(script);

    /// <summary>The linear layers' ciphertexts.</summary>
    /// <inheritdoc cref="RequestSchedule.Run"/>
    public void PrepareLinear(Action<Role, int> metered, Action<Role> done) => schedule.Run(script, flow, rows, transforms, metered, done);

    /// <summary>The other preparations.</summary>
    /// <param name="done">Told when a party is done with a step.</param>
    public void Prepare(Action<Role, int> done)
    {
        for (int index = 0; index < steps.Length; index++)
        {
            steps[index].Prepare(script);
            if (flow.Opens(steps[index].Step)) script.Does(Role.Client, Work.Element, ElementsOf(steps[index].Step.Writes));
            foreach (Role party in Both) done(party, index);
        }
    }

    /// <summary>The online phase.</summary>
    /// <inheritdoc cref="Prepare"/>
    public void Run(Action<Role, int> done)
    {
        for (int index = 0; index < steps.Length; index++)
        {
            PlanStep step = steps[index].Step;
            steps[index].Run(script);
            if (flow.Opens(step)) Opening.Run(script, ElementsOf(step.Writes));
            foreach (Role party in Both) done(party, index);
        }
    }

    private int ElementsOf(int tensor) => rows * flow.Plan.Tensors[tensor].Elements;
}
