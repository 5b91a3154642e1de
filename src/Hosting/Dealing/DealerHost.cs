using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Mpc.Channels;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Dealing;

/// <summary>What a dealer did for one query.</summary>
/// <param name="Number">Rising; what both servers call the query's correlations.</param>
/// <param name="FirstBytes">Payload to the first server.</param>
public sealed record DealtQuery(ulong Number, double Seconds, long FirstBytes, long SecondBytes);

/// <summary>
/// A dealer as a process: deals to both servers as they ask, for any split of models of one plan. It keeps nothing on disk: started again it draws new
/// masks, and the servers open their weights anew. Whoever can connect as both servers learns what the two must not learn of each other, so that it
/// listens on this machine only.
/// </summary>
public sealed class DealerHost : IDisposable
{
    private const int TablesMax = 8, GreetingsMax = 8, GreetingMs = 10_000;

    /// <summary>A server that is not being dealt to says something every second.</summary>
    private static readonly ChannelOptions Options = ChannelOptions.Default with { TimeoutMs = 60_000 };

    private readonly InferencePlan _plan;
    private readonly byte[] _planHash;
    private readonly ImmutableArray<CorrelationShape> _shapes;
    private readonly LinkProfile _link;
    private readonly ulong _queriesMax;
    private readonly TcpChannelListener _listener;
    private readonly Dictionary<QueryId, DealingTable> _tables = [];
    private readonly SemaphoreSlim _greetings = new(GreetingsMax);

    /// <param name="address">HOST:PORT of this machine.</param>
    /// <param name="link">The link to emulate on what it sends.</param>
    /// <param name="queriesMax">For how many queries of a split it deals; null is no limit.</param>
    /// <exception cref="Arithmetic.ParameterException">The plan is for another deployment, or the address cannot be listened at.</exception>
    public DealerHost(InferencePlan plan, string address, LinkProfile link, int? queriesMax = null)
    {
        (_plan, _planHash, _link, _queriesMax) = (plan, PlanSerializer.Hash(plan), link, (ulong?)queriesMax ?? ulong.MaxValue);
        if (plan.Deployment == DeploymentKinds.TwoServers && plan.Comparison == ComparisonKinds.Transfers)
            throw new Arithmetic.ParameterException($"two servers that compare by {plan.Comparison} make their correlations themselves and need no dealer");
        _shapes = new ServerProgram(plan, null).Shapes;
        _listener = TcpTransport.Listen(address);
    }

    /// <summary>Where it listens.</summary>
    public string Address => _listener.EndPoint.ToString();

    /// <summary>Bytes of a query's correlations to both servers.</summary>
    public long BytesOfQuery => 2L * QuerySeeds.MessageBytes + _shapes.Sum(shape => shape.CorrectionBytes + 2L * shape.CommonBytes);

    /// <summary>Told of every query that was dealt.</summary>
    public event Action<DealtQuery>? Dealt;

    /// <summary>Told of connections that came to nothing, in words.</summary>
    public event Action<string>? Complained;

    /// <summary>Deals until cancelled.</summary>
    public void Run(CancellationToken cancellation)
    {
        while (true)
        {
            _greetings.Wait(cancellation);
            FramedChannel? channel = null;
            try
            {
                channel = _listener.Accept(_link, Timeout.Infinite, Options, cancellation);
            }
            catch (ProtocolException fault)
            {
                Complained?.Invoke(fault.Message);
            }
            new Thread(() =>
            {
                if (channel is not null) Greet(channel);
                _greetings.Release();
            }) { IsBackground = true, Name = "greeting" }.Start();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_tables)
            foreach (DealingTable table in _tables.Values) table.Dispose();
    }

    private void Greet(FramedChannel channel)
    {
        try
        {
            channel.PeekTag(GreetingMs);
            DealerHello hello = DealerHello.Receive(channel);
            PeerFault? refused = hello.PlanHash.AsSpan().SequenceEqual(_planHash) ? null : PeerFault.PlanMismatch;
            DealingTable? table = refused is null ? TableOf(QueryId.Read(hello.Split)) : null;
            if (table is null)
            {
                refused ??= PeerFault.LimitExceeded;
                Dealing.Refuse(channel, refused.Value);
                channel.Dispose();
                Complained?.Invoke($"server {hello.Role.Letter()} was refused: {refused}");
                return;
            }
            (hello.Role == ServerRole.First ? table.First : table.Second).Send(channel);
            channel.Flush();
            table.Seat(hello.Role, channel);
        }
        catch (Exception fault) when (fault is ProtocolException or OperationCanceledException)
        {
            channel.Dispose();
            Complained?.Invoke(fault.Message);
        }
    }

    /// <summary>The split's table; a new one where there is room, if need be in the place of one that nobody sits at. Null where there is none.</summary>
    private DealingTable? TableOf(QueryId split)
    {
        lock (_tables)
        {
            if (_tables.TryGetValue(split, out DealingTable? table)) return table;
            if (_tables.Count >= TablesMax)
            {
                QueryId[] empty = [.. _tables.Where(entry => !entry.Value.Occupied).Select(entry => entry.Key)];
                if (empty.Length == 0) return null;
                _tables.Remove(empty[0]);
            }
            return _tables[split] = new DealingTable(_plan, _shapes, _queriesMax, dealt => Dealt?.Invoke(dealt));
        }
    }
}
