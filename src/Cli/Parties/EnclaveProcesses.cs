namespace Blindsight.Cli.Parties;

/// <summary>What the roles around an enclave are started with.</summary>
/// <param name="Folder">For the socket and the states.</param>
/// <param name="Rows">As the option --rows.</param>
/// <param name="Insecure">Whether owners and host speak plain TCP; records are sealed anyway.</param>
internal sealed record EnclaveSpec(
    string Model, string Calibration, string? Card, string Input, string Rows, string Link, int Threads, int Batch, string Activation, string Weights,
    string Tee, string Folder, bool Insecure)
{
    /// <summary>Options by which owners say what enclave they trust.</summary>
    public required IReadOnlyList<string> Trust { get; init; }
}

/// <summary>How a run of all roles ended.</summary>
internal sealed record EnclaveResult(RoleRun Enclave, RoleRun Host, RoleRun Owner, RoleRun Client, DateTimeOffset ClientStarted)
{
    public Predicted[] Predictions => [.. Client.Events.OfType<Predicted>().OrderBy(prediction => prediction.Row)];

    public QueriesAnswered Answered => Client.Only<QueriesAnswered>();

    public ModelHandedOver HandedOver => Owner.Only<ModelHandedOver>();

    public RoomReport Counted => Enclave.Only<RoomClosed>().Report;
}

/// <summary>
/// Runs every role of the deployment enclave as a process on this machine: the enclave, the untrusted host, the model owner, who ends before the data owner's
/// process begins, and the data owner.
/// </summary>
internal static class EnclaveProcesses
{
    /// <summary>The deployment's name.</summary>
    public const string Name = "enclave";

    private const string AnyPort = "127.0.0.1:0";

    /// <param name="progress">Told what is going on.</param>
    /// <exception cref="CommandException">A role failed; the message is its own.</exception>
    public static EnclaveResult Run(EnclaveSpec spec, Action<string> progress, CancellationToken cancellation)
    {
        using RunSecurity security = new(spec.Insecure);
        using RoleProcesses roles = new(cancellation);
        string socket = Path.Combine(spec.Folder, "room", "socket");
        progress("starting enclave and host");
        RoleProcesses.Role enclave = roles.Start("enclave", "enclave", "--socket", socket, "--state", Path.Combine(spec.Folder, "room"), "--tee", spec.Tee);
        roles.Until(() => enclave.Events.OfType<RoomOpened>().Any());
        RoleProcesses.Role host = roles.Start("host", ["host", "--enclave", socket, "--state", Path.Combine(spec.Folder, "host"), "--listen", AnyPort,
            "--link", spec.Link, "--threads", $"{spec.Threads}", .. security.Server("host")]);
        string address = roles.ListeningOf(host).Address;
        progress("model owner: handing the model over");
        RoleProcesses.Role owner = roles.Start("model owner", ["upload-model", spec.Model, "--calibration", spec.Calibration, "--host", address,
            "--batch", $"{spec.Batch}", "--activation", spec.Activation, "--weights", spec.Weights, "--link", spec.Link,
            .. spec.Card is null ? [] : (string[])["--card", spec.Card], .. spec.Trust, .. security.Client("owner")]);
        roles.WaitFor(owner);
        progress("data owner: asking; the model owner has ended");
        DateTimeOffset started = DateTimeOffset.Now;
        RoleProcesses.Role client = roles.Start("data owner", ["query", "--host", address, "--input", spec.Input, "--rows", spec.Rows,
            "--contract", owner.Told.Only<ModelHandedOver>().Contract, "--link", spec.Link, .. spec.Trust, .. security.Client("client")]);
        roles.WaitFor(client);
        roles.End(host);
        roles.End(enclave);
        return new(enclave.Told, host.Told, owner.Told, client.Told, started);
    }
}
