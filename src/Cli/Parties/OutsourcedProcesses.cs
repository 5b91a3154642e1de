using System.Collections.Concurrent;
using Blindsight.Hosting;

namespace Blindsight.Cli.Parties;

/// <summary>What the roles of two servers are started with.</summary>
/// <param name="Folder">For share files, the servers' states and the ticket.</param>
/// <param name="Rows">As the option --rows; <paramref name="Count"/> of them.</param>
/// <param name="Deals">Whether there is a dealer.</param>
/// <param name="PoolDepth">Queries that are dealt ahead, at most.</param>
/// <param name="Insecure">Whether the roles speak plain TCP.</param>
internal sealed record OutsourcedSpec(
    string Model, string Plan, string Input, string Rows, int Count, string Link, string Folder, bool Deals, int PoolDepth, bool Insecure);

/// <summary>What one role's process told, and when it ended.</summary>
internal sealed record RoleRun(string Name, PartyEvent[] Events, DateTimeOffset EndedAt)
{
    public T Only<T>() where T : PartyEvent => Events.OfType<T>().Single();
}

/// <summary>How a run of all roles ended.</summary>
internal sealed record OutsourcedResult(RoleRun Owner, RoleRun? Dealer, RoleRun First, RoleRun Second, RoleRun Submitter, RoleRun Collector)
{
    public Predicted[] Predictions => [.. Collector.Events.OfType<Predicted>().OrderBy(prediction => prediction.Row)];

    /// <summary>When the first server began with the first query.</summary>
    public DateTimeOffset Started => First.Events.OfType<Answered>().Min(answered => answered.Started);
}

/// <summary>
/// Runs every role of the deployment two-servers as a process on this machine: the owner, who ends before the servers begin; the servers, and a dealer
/// where the plan needs one; the client, who uploads and ends before the first query is run; and the client again, who collects.
/// </summary>
internal sealed class OutsourcedProcesses : IDisposable
{
    private const string AnyPort = "127.0.0.1:0";
    private const int PollMs = 20;

    private readonly OutsourcedSpec _spec;
    private readonly Action<string> _progress;
    private readonly CancellationToken _cancellation;
    private readonly List<Role> _roles = [];
    private readonly RunSecurity _security;

    private OutsourcedProcesses(OutsourcedSpec spec, Action<string> progress, CancellationToken cancellation) =>
        (_spec, _progress, _cancellation, _security) = (spec, progress, cancellation, new(spec.Insecure));

    /// <param name="progress">Told what is going on.</param>
    /// <exception cref="CommandException">A role failed; the message is its own.</exception>
    public static OutsourcedResult Run(OutsourcedSpec spec, Action<string> progress, CancellationToken cancellation)
    {
        using OutsourcedProcesses processes = new(spec, progress, cancellation);
        return processes.Run();
    }

    public void Dispose()
    {
        foreach (Role role in _roles) role.Process.Dispose();
        _security.Dispose();
    }

    private OutsourcedResult Run()
    {
        string a = In("a.share"), b = In("b.share"), ticket = In("ticket");
        _progress("owner: splitting weights");
        Role owner = Start("owner", "split", _spec.Model, "--plan", _spec.Plan, "--out-a", a, "--out-b", b);
        WaitFor(owner);
        _progress(_spec.Deals ? "starting dealer and servers" : "starting servers");
        Role? dealer = _spec.Deals
            ? Start("dealer", ["dealer", "--plan", _spec.Plan, "--listen", AnyPort, "--link", _spec.Link, "--queries", $"{_spec.Count}",
                .. _security.Server(ServerRoles.Dealer)]) : null;
        string[] dealing = dealer is null ? [] : ["--dealer", ListeningOf(dealer).Address];
        Role first = Start("server a", [.. Server("a", a, dealing), "--link-listen", AnyPort, "--held"]);
        Listening firstAt = ListeningOf(first);
        Role second = Start("server b", [.. Server("b", b, dealing), "--peer", firstAt.Link!]);
        Listening secondAt = ListeningOf(second);
        _progress("client: uploading shares");
        string[] protection = _security.Client("client");
        Role submitter = Start("client", ["submit", "--server-a", firstAt.Address, "--server-b", secondAt.Address, "--input", _spec.Input,
            "--rows", _spec.Rows, "--plan", _spec.Plan, "--ticket", ticket, .. protection]);
        WaitFor(submitter);
        _progress("preparing ahead");
        // So that neither dealing nor preparing the first query falls into what is measured online.
        Until(() => (dealer is null || dealer.Events.OfType<Dealt>().Count() >= Math.Min(_spec.Count, _spec.PoolDepth))
            && second.Events.OfType<Prepared>().Any());
        first.Process.Tell("begin");
        _progress("servers: answering; owner and client have ended");
        Role collector = Start("client", ["collect", "--ticket", ticket, "--wait", .. protection]);
        WaitFor(collector);
        foreach (Role role in new[] { first, second, dealer }.OfType<Role>()) role.Process.End(_cancellation);
        return new(owner.Told, dealer?.Told, first.Told, second.Told, submitter.Told, collector.Told);
    }

    private string[] Server(string party, string share, string[] dealer) =>
    [
        "server", "--party", party, "--shares", share, "--listen", AnyPort, .. dealer, "--state", In($"state-{party}"),
        "--waiting", $"{Math.Max(1, _spec.Count)}", "--pool", $"{_spec.PoolDepth}", "--link", _spec.Link, .. _security.Server($"server-{party}"),
    ];

    private string In(string name) => Path.Combine(_spec.Folder, name);

    private Role Start(string name, params string[] arguments)
    {
        Role role = new(name, arguments);
        _roles.Add(role);
        return role;
    }

    private Listening ListeningOf(Role role)
    {
        Until(() => role.Events.OfType<Listening>().Any());
        return role.Events.OfType<Listening>().First();
    }

    private void Until(Func<bool> condition)
    {
        while (!condition())
        {
            ThrowIfFailed();
            _cancellation.WaitHandle.WaitOne(PollMs);
        }
    }

    /// <summary>Waits for a role's end, and sees that no other fails meanwhile.</summary>
    private void WaitFor(Role role)
    {
        Until(() => role.Process.Ended);
        role.Process.WaitForEnd(_cancellation);
        ThrowIfFailed();
    }

    /// <summary>Reports the role that failed first: the others' faults are its consequence.</summary>
    private void ThrowIfFailed()
    {
        _cancellation.ThrowIfCancellationRequested();
        Role[] failed = [.. _roles.Where(role => role.Process.Ended && !role.Process.Succeeded).OrderBy(role => role.Process.EndTime)];
        if (failed.Length == 0) return;
        failed[0].Process.WaitForEnd(_cancellation);
        throw new CommandException($"The {failed[0].Name} failed: {failed[0].Process.Complaint}");
    }

    private sealed class Role
    {
        public Role(string name, string[] arguments)
        {
            Name = name;
            Process = new PartyProcess(name, arguments, Events.Enqueue);
        }

        public string Name { get; }

        public PartyProcess Process { get; }

        public ConcurrentQueue<PartyEvent> Events { get; } = new();

        public RoleRun Told => new(Name, [.. Events], Process.EndTime);
    }
}
