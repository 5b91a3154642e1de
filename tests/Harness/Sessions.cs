using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>A client's and a server's session in the test's process, with the real protocols throughout.</summary>
internal static class Sessions
{
    /// <summary>What came out of a session.</summary>
    public sealed record Outcome(
        ImmutableArray<FloatTensor[]> Outputs, PlanRun.Agreement Agreement, SessionReport Client, SessionReport Server);

    /// <summary>Runs one batch and compares every step with the clear reference.</summary>
    public static Outcome Run(QuantizedModel model, IReadOnlyList<FloatTensor[]> rows, int timeoutMs = 60_000)
    {
        Dictionary<int, uint[]> client = [], server = [];
        var result = TwoParties.Run(
            channel => Client(channel, model.Plan, session =>
            {
                session.ShareObserver = (step, share) => client[step] = [.. share];
                return (Outputs: session.Infer(rows), session.Report);
            }),
            channel => Server(channel, new ServedModel(model), session =>
            {
                session.ShareObserver = (step, share) => server[step] = [.. share];
                session.Serve();
                return session.Report;
            }), timeoutMs);
        return new Outcome(result.First.Outputs, PlanRun.Compare(model, rows.Count, client, server, result.First.Outputs),
            result.First.Report, result.Second);
    }

    public static T Client<T>(IChannel channel, InferencePlan? plan, Func<ClientSession, T> work)
    {
        using ClientSession session = ClientSession.Connect(channel, plan, SessionOptions.Default);
        return work(session);
    }

    public static T Server<T>(IChannel channel, ServedModel model, Func<ServerSession, T> work, SessionOptions? options = null)
    {
        using ServerSession session = ServerSession.Accept(channel, model, options ?? SessionOptions.Default);
        return work(session);
    }
}
