using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Server.Queries;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Joint;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Mpc.Channels;

namespace Blindsight.Hosting.Server.Links;

/// <summary>The work of one server on one work link, order by order. What was prepared when the link breaks is lost, and its correlations with it.</summary>
internal sealed class QueryRunner(ServerNode node, IChannel peer) : IDisposable
{
    private readonly ServerParty _party = new(node.Share.Role == ServerRole.First, peer);
    private ServerProgram? _program, _opened;
    private ServerEngine? _engine;
    private JointPreparation? _joint;
    private Prepared? _prepared;
    private ulong _lastNumber;

    /// <summary>The number of the correlations under which a query is prepared; 0 where none is.</summary>
    public ulong PreparedNumber => _prepared?.Number ?? 0;

    /// <summary>Whether the weights in use were opened on this link, whatever the other server said before.</summary>
    public bool HasOpened { get; private set; }

    /// <summary>Opens the masked weights under a dealing, one message each way; without a dealer exchanges keys and transfers for this link.</summary>
    public void Open(Dealing.Dealing dealing)
    {
        Discard();
        (long start, ChannelCounters before) = (Stopwatch.GetTimestamp(), peer.Counters);
        if (node.Joint is { } joint)
        {
            _joint?.Dispose();
            _joint = JointPreparation.Connect(_party, joint.Value, Prg.FromSystem());
            node.Opened(dealing, _opened = new ServerProgram(node.Plan, MaskedModel.Unopened(node.Share.Weights)));
            ChannelCounters traffic = peer.Counters - before;
            node.Tell(new ServerReport.KeysExchanged(Stopwatch.GetElapsedTime(start).TotalSeconds, traffic.PayloadSent, traffic.Rounds));
            return;
        }
        MaskedModel model = MaskedModel.Open(_party, node.Plan, node.Share.Weights, ModelMasks.Share(node.Plan, dealing.MaskSeed));
        node.Opened(dealing, _opened = new ServerProgram(node.Plan, model));
        node.Tell(new ServerReport.WeightsOpened(Stopwatch.GetElapsedTime(start).TotalSeconds, (peer.Counters - before).PayloadSent));
    }

    /// <summary>Forgets what was prepared under another dealing than the current one.</summary>
    /// <returns>Whether the weights are opened under that.</returns>
    public bool Ready()
    {
        if (node.Program is not { } program) return false;
        if (program == _program) return true;
        Discard();
        HasOpened = program == _opened;
        (_program, _engine) = (program, new ServerEngine(_party, program));
        return true;
    }

    /// <summary>Where the correlations of a number come from: taken out of the stock now, for good, or made with the other server when it is called.</summary>
    /// <exception cref="ProtocolException">The number is not at hand, or was used.</exception>
    public Func<ICorrelationSource> Source(ulong number)
    {
        if (node.Stock is { } stock)
        {
            IDealtMessages messages = stock.Take(number);
            return () => new DealtSource(messages, _party.IsFirst);
        }
        if (_joint is null || number <= _lastNumber)
            throw new ProtocolException(PeerFault.MalformedMessage, "correlations", $"number {number} cannot be made on this link now");
        return _joint.Next;
    }

    /// <summary>Does what does not wait for an input.</summary>
    /// <param name="source">The number's.</param>
    /// <exception cref="ProtocolException">The other server prepares something else.</exception>
    public void Prepare(ulong number, Func<ICorrelationSource> source)
    {
        (long start, ChannelCounters before) = (Stopwatch.GetTimestamp(), peer.Counters);
        _lastNumber = number;
        PreparedQuery query = _engine!.Prepare(source());
        _prepared = new(number, query, Stopwatch.GetElapsedTime(start).TotalSeconds, peer.Counters - before);
        node.Tell(new ServerReport.Prepared(number));
    }

    /// <summary>Answers a query that the desk handed out, or fails it.</summary>
    /// <param name="begin">Orders the query at the other server, or agrees to its order.</param>
    /// <exception cref="ProtocolException">The other server is lost or misbehaves; the query has failed.</exception>
    public void Run(QueryId id, QueryUpload upload, Action begin)
    {
        Prepared prepared = _prepared ?? throw new InvalidOperationException("Nothing is prepared.");
        _prepared = null;
        try
        {
            DateTimeOffset started = DateTimeOffset.UtcNow;
            (long start, ChannelCounters before) = (Stopwatch.GetTimestamp(), peer.Counters);
            begin();
            ImmutableArray<uint[]> inputs = _party.IsFirst ? QueryShares.First(node.Plan, upload.Share) : QueryShares.Second(node.Plan, upload.Share);
            byte[] result = QueryShares.PackResult(node.Plan, _engine!.Run(prepared.Query, inputs));
            (peer as OrderingChannel)?.Await();
            peer.Flush();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            ChannelCounters online = peer.Counters - before;
            byte[] message = SealedResult.Seal(upload.Key, node.Share.Role, id, node.PlanHash, result);
            CryptographicOperations.ZeroMemory(result);
            QueryCost cost = new(prepared.Number, prepared.Seconds, prepared.Traffic.PayloadSent, prepared.Traffic.PayloadReceived,
                seconds, online.PayloadSent, online.PayloadReceived, online.Rounds);
            node.Desk.Finish(id, message, cost);
            node.Tell(new ServerReport.Answered(id, cost.Correlation, started, cost.PrepareSeconds, cost.PrepareSent, cost.PrepareReceived,
                prepared.Traffic.Rounds, cost.OnlineSeconds, cost.OnlineSent, cost.OnlineReceived, cost.Rounds));
        }
        catch (Exception broken)
        {
            (QueryFault fault, string message) = node.Stopping ? (QueryFault.ServerStopped, "the server was stopped") : Named(broken);
            node.Desk.Fail(id, fault, message);
            node.Tell(new ServerReport.Failed(id, fault, message));
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(upload.Share);
            prepared.Query.Dispose();
        }
    }

    public void Dispose()
    {
        Discard();
        _joint?.Dispose();
    }

    private static (QueryFault Fault, string Message) Named(Exception broken) => broken switch
    {
        ProtocolException { Fault: PeerFault.Disconnected or PeerFault.TimedOut } lost =>
            (QueryFault.PeerLost, $"the other server was lost in the middle: {lost.Message}"),
        ProtocolException { Fault: PeerFault.RefusedByPeer } =>
            (QueryFault.OtherShareMissing, "the other server does not hold its share of the query any more"),
        ProtocolException { Fault: PeerFault.PlanMismatch } mismatch => (QueryFault.PlanMismatch, mismatch.Message),
        ProtocolException misbehaved => (QueryFault.PeerMisbehaved, $"{misbehaved.Fault}: {misbehaved.Message}"),
        OperationCanceledException => (QueryFault.PeerLost, "the other server was lost in the middle: it came back on a new connection"),
        // What a defect says may hold values; its type is all that is told of it.
        _ => (QueryFault.InternalError, $"the query ended by {broken.GetType().Name}"),
    };

    private void Discard()
    {
        _prepared?.Query.Dispose();
        _prepared = null;
    }

    private sealed record Prepared(ulong Number, PreparedQuery Query, double Seconds, ChannelCounters Traffic);
}
