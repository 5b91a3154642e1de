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

    private readonly OutsourcedSpec _spec;
    private readonly Action<string> _progress;
    private readonly RoleProcesses _roles;
    private readonly RunSecurity _security;

    private OutsourcedProcesses(OutsourcedSpec spec, Action<string> progress, CancellationToken cancellation) =>
        (_spec, _progress, _roles, _security) = (spec, progress, new(cancellation), new(spec.Insecure));

    /// <param name="progress">Told what is going on.</param>
    /// <exception cref="CommandException">A role failed; the message is its own.</exception>
    public static OutsourcedResult Run(OutsourcedSpec spec, Action<string> progress, CancellationToken cancellation)
    {
        using OutsourcedProcesses processes = new(spec, progress, cancellation);
        return processes.Run();
    }

    public void Dispose()
    {
        _roles.Dispose();
        _security.Dispose();
    }

    private OutsourcedResult Run()
    {
        string a = In("a.share"), b = In("b.share"), ticket = In("ticket");
        _progress("owner: splitting weights");
        RoleProcesses.Role owner = _roles.Start("owner", "split", _spec.Model, "--plan", _spec.Plan, "--out-a", a, "--out-b", b);
        _roles.WaitFor(owner);
        _progress(_spec.Deals ? "starting dealer and servers" : "starting servers");
        RoleProcesses.Role? dealer = _spec.Deals
            ? _roles.Start("dealer", ["dealer", "--plan", _spec.Plan, "--listen", AnyPort, "--link", _spec.Link, "--queries", $"{_spec.Count}",
                .. _security.Server(ServerRoles.Dealer)]) : null;
        string[] dealing = dealer is null ? [] : ["--dealer", _roles.ListeningOf(dealer).Address];
        RoleProcesses.Role first = _roles.Start("server a", [.. Server("a", a, dealing), "--link-listen", AnyPort, "--held"]);
        Listening firstAt = _roles.ListeningOf(first);
        RoleProcesses.Role second = _roles.Start("server b", [.. Server("b", b, dealing), "--peer", firstAt.Link!]);
        Listening secondAt = _roles.ListeningOf(second);
        _progress("client: uploading shares");
        string[] protection = _security.Client("client");
        RoleProcesses.Role submitter = _roles.Start("client", ["submit", "--server-a", firstAt.Address, "--server-b", secondAt.Address, "--input", _spec.Input,
            "--rows", _spec.Rows, "--plan", _spec.Plan, "--ticket", ticket, .. protection]);
        _roles.WaitFor(submitter);
        _progress("preparing ahead");
        // So that neither dealing nor preparing the first query falls into what is measured online.
        _roles.Until(() => (dealer is null || dealer.Events.OfType<Dealt>().Count() >= Math.Min(_spec.Count, _spec.PoolDepth))
            && second.Events.OfType<Prepared>().Any());
        first.Process.Tell("begin");
        _progress("servers: answering; owner and client have ended");
        RoleProcesses.Role collector = _roles.Start("client", ["collect", "--ticket", ticket, "--wait", .. protection]);
        _roles.WaitFor(collector);
        foreach (RoleProcesses.Role role in new[] { first, second, dealer }.OfType<RoleProcesses.Role>()) _roles.End(role);
        return new(owner.Told, dealer?.Told, first.Told, second.Told, submitter.Told, collector.Told);
    }

    private string[] Server(string party, string share, string[] dealer) =>
    [
        "server", "--party", party, "--shares", share, "--listen", AnyPort, .. dealer, "--state", In($"state-{party}"),
        "--waiting", $"{Math.Max(1, _spec.Count)}", "--pool", $"{_spec.PoolDepth}", "--link", _spec.Link, .. _security.Server($"server-{party}"),
    ];

    private string In(string name) => Path.Combine(_spec.Folder, name);
}
