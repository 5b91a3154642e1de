using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Blindsight.Compiler.Plans;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Steps;
using Blindsight.Inference.Sessions;

namespace Blindsight.Inference.Costs;

/// <summary>
/// Predicts what a plan costs without running it: the protocols tell what each party does, and both parties' clocks are played through on a
/// link. Bytes and rounds are exact; seconds are the measured times of what is done. For processes of one thread each, the first session of both, and
/// a client that brings the plan. Deterministic, no I/O; thread-safe. The packings of layers, which are searched for, are remembered.
/// </summary>
public sealed class CostModel(MachineCosts machine)
{
    private readonly ConcurrentDictionary<string, ImmutableArray<LinearRequest>> _packings = new();

    /// <summary>The measurement that seconds are taken from.</summary>
    public MachineCosts Machine { get; } = machine;

    /// <summary>What a session reports to its client after the first batch, or what a query takes two servers (<see cref="OutsourcedCosts"/>).</summary>
    /// <param name="rows">Of the batch; two servers take them one by one.</param>
    /// <param name="memoryBytes">The server's memory for transformed weights.</param>
    /// <exception cref="Arithmetic.ParameterException">A layer has no packing, or a step no protocol.</exception>
    public SessionReport Predict(InferencePlan plan, LinkSpeed link, int rows = 1, long memoryBytes = ServedModel.DefaultMemoryBytes)
    {
        if (plan.Deployment == DeploymentKinds.TwoServers) return OutsourcedCosts.Predict(Machine, plan, link);
        DataFlow flow = new(plan);
        RequestSchedule schedule = new(flow, SessionSetup.Parameters, Packings);
        Dictionary<(int, int), long> memory = WeightMemory.Divide(schedule.Requests.SelectMany(request => request.Answers)
            .Select(answer => KeyValuePair.Create((answer.Step, answer.Term), answer.Packing)), memoryBytes);
        int count = plan.Steps.Length;
        Rehearsal script = Rehearse(Machine, flow);
        RehearsedSession session = new(script, flow, schedule, StepProtocols.Create(flow, rows, null), rows,
            answer => answer.Packing.TransformsOfRow(memory[(answer.Step, answer.Term)]));
        const int Nowhere = -1, Setup = 0;
        int Offline(int step) => 1 + step;
        int Online(int step) => 1 + count + step;
        session.SetUp();
        script.Does(Role.Client, Work.FreshOffline);
        script.Laps(Role.Client, Setup);
        session.Command();
        script.Laps(Role.Client, Nowhere);
        session.PrepareLinear((party, step) => script.Laps(party, Offline(step)), _ => { });
        script.Laps(Role.Client, Nowhere);
        session.Prepare((party, step) => script.Laps(party, Offline(step)));
        session.Command();
        script.Laps(Role.Client, Nowhere);
        script.Does(Role.Client, Work.FreshOnline);
        session.Run((party, step) => script.Laps(party, Online(step)));
        PhaseCost[] slots = script.Play(link, Role.Client, 1 + 2 * count);
        return new SessionReport(rows, slots[..(1 + count)].Aggregate((sum, cost) => sum + cost),
            slots[(1 + count)..].Aggregate(default(PhaseCost), (sum, cost) => sum + cost), slots[Setup],
            [.. plan.Steps.Select((step, i) => new LayerCost(step.Name, PlanTable.Kind(step), slots[Offline(i)], slots[Online(i)]))]);
    }

    internal static Rehearsal Rehearse(MachineCosts machine, DataFlow flow)
    {
        Transfers expected = StepProtocols.TransfersOfOneRow(flow);
        return new Rehearsal(machine, BaseTransfers.FactoryFor(expected.FromServer), BaseTransfers.FactoryFor(expected.FromClient));
    }

    private ImmutableArray<LinearRequest> Packings(RlweParameters parameters, params ReadOnlySpan<LinearConsumer> consumers)
    {
        StringBuilder key = new();
        foreach (LinearConsumer consumer in consumers)
            key.Append(CultureInfo.InvariantCulture, $"{consumer.Geometry}|{consumer.RingBits}|{consumer.Summands}|{consumer.Opened}|")
                .AppendJoin(',', consumer.ChannelShifts).Append(';');
        LinearConsumer[] all = consumers.ToArray();
        return _packings.GetOrAdd(key.ToString(), _ => LinearPacking.Choose(parameters, all));
    }
}
