using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>A client's and a server's session in the test's process, with the real protocols throughout.</summary>
internal static class Sessions
{
    /// <summary>What came out of a session.</summary>
    public sealed record Outcome(
        ImmutableArray<FloatTensor[]> Outputs, PlanRun.Agreement Agreement, SessionReport Client, SessionReport Server);

    /// <summary>Runs one batch and compares every step with the clear reference.</summary>
    /// <param name="lanes">Where not null, both parties have two threads and use these lanes.</param>
    public static Outcome Run(QuantizedModel model, IReadOnlyList<FloatTensor[]> rows, int timeoutMs = 60_000, InMemoryLanes? lanes = null)
    {
        SessionOptions options = SessionOptions.Default with { Threads = lanes is null ? 1 : 2 };
        Dictionary<int, uint[]> client = [], server = [];
        var result = TwoParties.Run(
            channel => Client(channel, model.Plan, session =>
            {
                session.ShareObserver = (step, share) => client[step] = [.. share];
                return (Outputs: session.Infer(rows), session.Report);
            }, options, lanes is null ? null : lanes.Open),
            channel => Server(channel, new ServedModel(model), session =>
            {
                session.ShareObserver = (step, share) => server[step] = [.. share];
                session.Serve();
                return session.Report;
            }, options, lanes?.Desk), timeoutMs);
        return new Outcome(result.First.Outputs, PlanRun.Compare(model, rows.Count, client, server, result.First.Outputs),
            result.First.Report, result.Second);
    }

    public static T Client<T>(
        IChannel channel, InferencePlan? plan, Func<ClientSession, T> work, SessionOptions? options = null, Func<IChannel>? openLane = null)
    {
        using ClientSession session = ClientSession.Connect(channel, plan, options ?? SessionOptions.Default, openLane);
        return work(session);
    }

    public static T Server<T>(
        IChannel channel, ServedModel model, Func<ServerSession, T> work, SessionOptions? options = null, LaneDesk? desk = null)
    {
        using ServerSession session = ServerSession.Accept(channel, model, options ?? SessionOptions.Default, desk);
        return work(session);
    }
}
