using System.Collections.Concurrent;

namespace Blindsight.Cli.Parties;

/// <summary>What two parties are started with. No file is named to both but the plan, which is public.</summary>
/// <param name="Plan">The plan for both parties; where null the server makes one from its calibration rows and sends it.</param>
/// <param name="Rows">As the option --rows.</param>
/// <param name="Confine">Whether each party gives up access to other files than its own.</param>
internal sealed record TwoProcessSpec(
    string Model, string? Plan, string? Calibration, string Input, string? Rows, string Link, int Threads, int Batch, bool Confine)
{
    /// <summary>The deployment where it is not that of the plan, or null.</summary>
    public string? Deployment { get; init; }

    /// <summary>The model card, where there is no plan that holds it; or null.</summary>
    public string? Card { get; init; }

    /// <summary>Whether the parties speak plain TCP; else TLS, under certificates that are made for this run.</summary>
    public bool Insecure { get; init; }

    /// <summary>The server's option --memory, or null.</summary>
    public string? Memory { get; init; }

    /// <summary>Files that the server, and that the client, shall try to open, to test the confinement.</summary>
    public IReadOnlyList<string> ServerProbes { get; init; } = [];

    /// <inheritdoc cref="ServerProbes"/>
    public IReadOnlyList<string> ClientProbes { get; init; } = [];
}

/// <summary>How a run of two parties ended.</summary>
/// <param name="Predictions">In the order of rows.</param>
internal sealed record TwoProcessResult(Finished Client, Finished Server, Predicted[] Predictions, Probed[] ServerProbes, Probed[] ClientProbes);

/// <summary>Runs a server's and a client's process on this machine until the client has its answers.</summary>
internal static class TwoProcesses
{
    private const string AnyPort = "127.0.0.1:0", ServerName = "server", ClientName = "client";

    /// <param name="heard">Told what the client reports as it happens.</param>
    /// <exception cref="CommandException">A party failed; the message is its own.</exception>
    public static TwoProcessResult Run(TwoProcessSpec spec, Action<PartyEvent> heard, CancellationToken cancellation)
    {
        ConcurrentQueue<PartyEvent> fromServer = new(), fromClient = new();
        using BlockingCollection<string> address = [];
        using RunSecurity security = new(spec.Insecure);
        using PartyProcess server = new("server", [.. ServerArguments(spec), .. security.Server(ServerName)], happened =>
        {
            fromServer.Enqueue(happened);
            if (happened is Listening listening) address.Add(listening.Address, CancellationToken.None);
        });
        string listeningAt = WaitForAddress(address, server, cancellation);
        using PartyProcess client = new("client", [.. ClientArguments(spec, listeningAt), .. security.Client(ClientName)], happened =>
        {
            fromClient.Enqueue(happened);
            heard(happened);
        });
        client.WaitForEnd(cancellation);
        if (client.Succeeded) server.WaitForEnd(cancellation);
        ThrowIfFailed(client, server);
        return new(fromClient.OfType<Finished>().Single(), fromServer.OfType<Finished>().Single(),
            [.. fromClient.OfType<Predicted>().OrderBy(prediction => prediction.Row)],
            [.. fromServer.OfType<Probed>()], [.. fromClient.OfType<Probed>()]);
    }

    /// <summary>Where a server listens, once it tells.</summary>
    /// <exception cref="CommandException">It ended before; the message is its own.</exception>
    public static string WaitForAddress(BlockingCollection<string> address, PartyProcess server, CancellationToken cancellation)
    {
        string? found;
        while (!address.TryTake(out found, 50, cancellation))
        {
            if (!server.Ended) continue;
            server.WaitForEnd(cancellation);
            throw new CommandException(server.Complaint);
        }
        return found;
    }

    /// <summary>Reports the party that failed first: the other one's fault is its consequence.</summary>
    private static void ThrowIfFailed(PartyProcess client, PartyProcess server)
    {
        PartyProcess[] failed = [.. new[] { client, server }.Where(party => party.Ended && !party.Succeeded).OrderBy(party => party.EndTime)];
        if (failed.Length > 0) throw new CommandException($"The {failed[0].Name} failed: {failed[0].Complaint}");
    }

    private static IEnumerable<string> ServerArguments(TwoProcessSpec spec) =>
    [
        "serve", spec.Model, .. spec.Plan is null ? ["--calibration", spec.Calibration!] : (string[])["--plan", spec.Plan],
        "--listen", AnyPort, "--clients", "1", .. Named("--memory", spec.Memory), .. Named("--card", spec.Card),
        .. Named("--batch", spec.Deployment is null ? null : $"{spec.Batch}"), .. Common(spec, spec.ServerProbes),
    ];

    private static IEnumerable<string> ClientArguments(TwoProcessSpec spec, string address) =>
    [
        "infer", "--server", address, "--input", spec.Input, "--batch", $"{spec.Batch}",
        .. Named("--plan", spec.Plan), .. Named("--rows", spec.Rows),
        .. Common(spec, spec.ClientProbes),
    ];

    private static IEnumerable<string> Common(TwoProcessSpec spec, IReadOnlyList<string> probes) =>
    [
        "--link", spec.Link, "--threads", $"{spec.Threads}", .. Named("--deployment", spec.Deployment), .. spec.Confine ? ["--confine"] : (string[])[],
        .. probes.SelectMany(path => new[] { "--probe", path }),
    ];

    private static string[] Named(string option, string? value) => value is null ? [] : [option, value];
}
