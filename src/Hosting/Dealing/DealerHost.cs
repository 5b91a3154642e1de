using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;
using Blindsight.Transport.Tls;

namespace Blindsight.Hosting.Dealing;

/// <summary>What a dealer did for one query.</summary>
/// <param name="Number">Rising; what both servers call the query's correlations.</param>
/// <param name="FirstBytes">Payload to the first server.</param>
public sealed record DealtQuery(ulong Number, double Seconds, long FirstBytes, long SecondBytes);

/// <summary>
/// A dealer as a process: deals to both servers as they ask, for any split of models of one plan. It keeps nothing on disk: started again it draws new
/// masks, and the servers open their weights anew. Whoever can connect as both servers learns what the two must not learn of each other, so that each
/// server is known by its certificate, and on plain TCP it listens on this machine only.
/// </summary>
public sealed class DealerHost : IDisposable
{
    private const int TablesMax = 8;

    /// <summary>A server that is not being dealt to says something every second.</summary>
    private static readonly ChannelOptions Options = ChannelOptions.Default with { TimeoutMs = 60_000 };

    private readonly InferencePlan _plan;
    private readonly byte[] _planHash;
    private readonly ImmutableArray<CorrelationShape> _shapes;
    private readonly LinkProfile _link;
    private readonly ulong _queriesMax;
    private readonly TcpChannelListener _listener;
    private readonly Dictionary<QueryId, DealingTable> _tables = [];

    /// <param name="address">HOST:PORT; of this machine where nothing protects it.</param>
    /// <param name="link">The link to emulate on what it sends.</param>
    /// <param name="queriesMax">For how many queries of a split it deals; null is no limit.</param>
    /// <exception cref="Arithmetic.ParameterException">The plan is for another deployment, or the address cannot be listened at.</exception>
    public DealerHost(InferencePlan plan, string address, ConnectionSecurity security, LinkProfile link, int? queriesMax = null)
    {
        (_plan, _planHash, _link, _queriesMax) = (plan, PlanSerializer.Hash(plan), link, (ulong?)queriesMax ?? ulong.MaxValue);
        if (plan.Deployment == DeploymentKinds.TwoServers && plan.Comparison == ComparisonKinds.Transfers)
            throw new Arithmetic.ParameterException($"two servers that compare by {plan.Comparison} make their correlations themselves and need no dealer");
        _shapes = new ServerProgram(plan, null).Shapes;
        _listener = TcpTransport.Listen(address, security);
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
        Entrance entrance = new(_listener, _link, Options);
        entrance.Refused += (fault, words) => Complained?.Invoke($"{fault}: {words}");
        entrance.Run(visitor => Greet(visitor.Channel, visitor.Peer), cancellation);
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_tables)
            foreach (DealingTable table in _tables.Values) table.Dispose();
    }

    private void Greet(FramedChannel channel, PeerIdentity peer)
    {
        try
        {
            DealerHello hello = DealerHello.Receive(channel);
            if (!peer.MayBe(hello.Role.Part()))
            {
                string words = $"the certificate of {peer.Name} is not for {hello.Role.Part()}";
                using (channel) channel.Refuse(PeerFault.WrongName, words);
                Complained?.Invoke($"{PeerFault.WrongName}: {words}");
                return;
            }
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
