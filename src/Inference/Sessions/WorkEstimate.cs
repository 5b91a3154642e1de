using System.Collections.Immutable;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Steps;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// What the parts of a phase take a party, in seconds on the nominal machine: progress is weighed by it, so only ratios matter. One row is
/// rehearsed, and counts for each.
/// </summary>
internal static class WorkEstimate
{
    /// <summary>The offline phase: each request of each row, then each step.</summary>
    public static ImmutableArray<double> Offline(Role party, RequestSchedule schedule, DataFlow flow, int rows)
    {
        int requests = schedule.Requests.Length;
        ImmutableArray<double> weights = Play(party, schedule, flow, requests + flow.Plan.Steps.Length, (session, done) =>
        {
            Dictionary<Role, int> finished = new() { [Role.Client] = 0, [Role.Server] = 0 };
            session.PrepareLinear((_, _) => { }, role => done(role, finished[role]++));
            session.Prepare((role, step) => done(role, requests + step));
        });
        return [.. Enumerable.Range(0, rows).SelectMany(_ => weights[..requests]), .. weights[requests..].Select(weight => rows * weight)];
    }

    /// <summary>The online phase: each step.</summary>
    public static ImmutableArray<double> Online(Role party, RequestSchedule schedule, DataFlow flow, int rows) =>
        [.. Play(party, schedule, flow, flow.Plan.Steps.Length, (session, done) => session.Run(done)).Select(weight => rows * weight)];

    private static ImmutableArray<double> Play(
        Role party, RequestSchedule schedule, DataFlow flow, int parts, Action<RehearsedSession, Action<Role, int>> tell)
    {
        Rehearsal script = CostModel.Rehearse(MachineCosts.Nominal, flow);
        RehearsedSession session = new(script, flow, schedule, StepProtocols.Create(flow, 1, null), 1, _ => 0);
        tell(session, script.Laps);
        return [.. script.Play(LinkSpeed.None, party, parts).Select(cost => cost.Seconds)];
    }
}
