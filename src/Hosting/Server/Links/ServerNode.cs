using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Dealing;
using Blindsight.Hosting.Owner;
using Blindsight.Hosting.Server.Queries;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Joint;

namespace Blindsight.Hosting.Server.Links;

/// <summary>What one server is and holds, shared by its threads: the links to the other server and to the dealer, and the interface for clients.</summary>
internal sealed class ServerNode : IDisposable
{
    private readonly Lock _lock = new();
    private (byte[] Dealing, ServerProgram Program)? _opened;
    private PeerNotice? _peer;

    /// <param name="folder">Its own; one process at a time.</param>
    /// <param name="depth">Queries whose correlations are held ahead.</param>
    public ServerNode(ModelShareFile share, string folder, DeskLimits limits, int depth, TimeProvider clock)
    {
        (Share, PlanHash) = (share, PlanSerializer.Hash(share.Plan));
        Desk = new QueryDesk(folder, limits, clock);
        Desk.Changed += Held;
        if (share.Plan.Comparison == ComparisonKinds.Transfers) Joint = new Lazy<JointModel>(() => new JointModel(share.Plan, share.Weights));
        else
        {
            DealerHello hello = new(share.Role, PlanHash, share.Split.ToArray());
            Stock = new CorrelationStock(folder, hello, share.Plan, new ServerProgram(share.Plan, null).Shapes, depth);
            Stock.Changed += Held;
        }
    }

    public ModelShareFile Share { get; }

    public InferencePlan Plan => Share.Plan;

    public byte[] PlanHash { get; }

    public QueryDesk Desk { get; }

    /// <summary>What a dealer deals; null where the servers make their correlations themselves.</summary>
    public CorrelationStock? Stock { get; }

    /// <summary>The model for servers that do; null where a dealer deals.</summary>
    public Lazy<JointModel>? Joint { get; }

    /// <summary>The last number under which the first server had correlations made without a dealer; 0 before.</summary>
    public ulong LastMade { get; set; }

    /// <summary>The dealing that queries are under; null before a dealer was reached for the first time.</summary>
    public Dealing.Dealing? Current => Stock is null ? Hosting.Dealing.Dealing.None : Stock.Current;

    /// <summary>Raised when what this server holds has changed.</summary>
    public ChangeSignal Holdings { get; } = new();

    /// <summary>Raised when that, or what is known of the other server, has changed.</summary>
    public ChangeSignal Anything { get; } = new();

    /// <summary>Whether the server is being stopped.</summary>
    public bool Stopping { get; set; }

    /// <summary>Set while queries may be ordered.</summary>
    public ManualResetEventSlim Gate { get; } = new(true);

    /// <summary>Where this server, and the other, wait for clients; null before it is known.</summary>
    public string? ClientAddress { get; set; }

    /// <inheritdoc cref="ClientAddress"/>
    public string? PeerClientAddress { get; set; }

    /// <summary>Told what happens, for whoever started the server.</summary>
    public event Action<ServerReport>? Reported;

    /// <summary>What the other server said last; null while it cannot be reached.</summary>
    public PeerNotice? Peer
    {
        get
        {
            lock (_lock) return _peer;
        }
        set
        {
            lock (_lock) _peer = value;
            Anything.Raise();
        }
    }

    public PeerNotice Notice => PeerNotice.Of(Current, Program is not null, Stock?.Available ?? [], Desk.Waiting);

    /// <summary>The plan with weights that were opened under the current dealing; null before.</summary>
    public ServerProgram? Program
    {
        get
        {
            Dealing.Dealing? current = Current;
            lock (_lock) return current is not null && _opened is var (dealing, program) && dealing.AsSpan().SequenceEqual(current.Id) ? program : null;
        }
    }

    public void Opened(Dealing.Dealing dealing, ServerProgram program)
    {
        lock (_lock) _opened = (dealing.Id, program);
        Held();
    }

    public PeerGreeting Greeting(LinkPurpose purpose) => new(Share.Role, purpose, PlanHash, Share.Split.ToArray(), ClientAddress ?? "");

    public void Tell(ServerReport report) => Reported?.Invoke(report);

    /// <summary>Lets queries be ordered that were held back.</summary>
    public void Release()
    {
        Gate.Set();
        Anything.Raise();
    }

    public void Dispose()
    {
        Desk.Dispose();
        Stock?.Dispose();
        if (Joint is { IsValueCreated: true }) Joint.Value.Dispose();
        Gate.Dispose();
    }

    private void Held()
    {
        Holdings.Raise();
        Anything.Raise();
    }
}
