using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Blindsight.Arithmetic;
using Blindsight.Cli.Parties;
using Blindsight.Hosting;
using Blindsight.Hosting.Owner;
using Blindsight.Hosting.Server;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Commands;

/// <summary>One of the two servers' processes.</summary>
internal sealed class ServerCommand
{
    private const int HeldMax = 256;

    private readonly Option<string> _party = new("--party") { Description = "Which of the two; a orders the queries.", HelpName = "a|b", Required = true };
    private readonly Option<string> _shares = new("--shares")
    {
        Description = "The share of the model that 'blindsight split' made for this party.", HelpName = "FILE", Required = true,
    };
    private readonly Option<string> _listen = Address(
        "--listen", "Where to wait for clients, over HTTPS. Default: 127.0.0.1:7701 for a, 127.0.0.1:7702 for b.");
    private readonly Option<string> _linkListen = Address("--link-listen", "Party a: where to wait for party b. Default: 127.0.0.1:7703.");
    private readonly Option<string> _peer = Address("--peer", "Party b: where party a waits for it, its --link-listen. Default: 127.0.0.1:7703.");
    private readonly Option<string> _dealer = Address("--dealer", "Where the dealer waits. Default: 127.0.0.1:7700. Of no use where the plan compares by ot.");
    private readonly Option<string> _state = new("--state")
    {
        Description = "A folder of this server alone, made if need be: the pool of correlations, used identifiers, sealed results.",
        HelpName = "FOLDER", Required = true,
    };
    private readonly Option<int> _pool = CommonOptions.Positive(
        "--pool", "Queries whose correlations are held ahead, on disk. By ot one is made ahead, in memory.", 4, HeldMax);
    private readonly Option<int> _waiting = CommonOptions.Positive("--waiting", "Queries that wait or run at once; more are refused.", 64, 4096);
    private readonly Option<double> _keep = Seconds("--keep", "How long a result waits to be collected, and a query for its turn.", 3600);
    private readonly Option<double> _patience = Seconds("--patience", "How long a query waits for its other share, or for the other server.", 60);
    private readonly Option<string> _link = CommonOptions.Link();
    private readonly Option<bool> _showShares = new("--show-shares")
    {
        Description = "Lets clients ask for the first bytes of what this server was sent: a demonstration.",
    };
    private readonly Option<bool> _openToAll = new("--open-to-all")
    {
        Description = "Also answers clients that show no certificate, as browsers do. The other server and the dealer need theirs in any case.",
    };
    private readonly Option<bool> _held = new("--held") { Hidden = true };
    private readonly HostOptions _options = new();
    private readonly Terminals _terminals;

    private ServerCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        ServerCommand server = new(terminals);
        server._party.AcceptOnlyFromAmong("a", "b");
        TaughtCommand command = new("server",
            "One of two servers that hold shares of a model and answer clients' queries together; neither sees model, input or result. They must not "
            + "collude.",
            "blindsight server --party a --shares a.share --state state-a --tls tls/server-a",
            "blindsight server --party b --shares b.share --state state-b --tls tls/server-b",
            "blindsight server --party a --shares a.share --state state-a --listen 127.0.0.1:8001 --link-listen 127.0.0.1:8003 --dealer 127.0.0.1:8000 "
            + "--insecure")
        {
            server._party, server._shares, server._state, server._listen, server._linkListen, server._peer, server._dealer, server._pool, server._waiting,
            server._keep, server._patience, server._link, server._openToAll, server._showShares, server._held,
        };
        server._options.AddTo(command);
        command.SetAction(parsed => server.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        ServerRole role = ServerRoles.Of(parsed.GetRequiredValue(_party));
        ServerSettings settings = Settings(parsed, role);
        using PartyOutput output = _options.Open(parsed, _terminals);
        ModelShareFile share = ModelShareFile.Read(parsed.GetRequiredValue(_shares), role);
        double warmupSeconds = TwoServersTrial.WarmUp(share.Plan.Comparison);
        using (TwoServersHost host = new(share, settings))
        {
            host.Reported += report => Tell(output, report);
            CancellationToken linked = _options.Linked(parsed, cancellation, host.Release);
            host.Start();
            output.Tell(new Listening(host.ClientAddress) { Link = host.LinkAddress }, $"Party {role.Letter()} of {share.Plan.Model} waits for clients at "
                + $"{host.ClientAddress}" + (role == ServerRole.First ? $" and for party b at {host.LinkAddress}" : "") + "; Ctrl-C ends.");
            linked.WaitHandle.WaitOne();
        }
        cancellation.ThrowIfCancellationRequested();
        output.Tell(Ended.Now(warmupSeconds));
        return 0;
    }

    private ServerSettings Settings(ParseResult parsed, ServerRole role)
    {
        bool first = role == ServerRole.First;
        if (parsed.GetValue(first ? _peer : _linkListen) is not null)
            throw new ParameterException(first ? "Party a does not take --peer: it waits for party b at its --link-listen."
                : "Party b does not take --link-listen: it connects to party a at --peer.");
        return new ServerSettings(parsed.GetValue(_listen) ?? (first ? "127.0.0.1:7701" : "127.0.0.1:7702"),
            parsed.GetValue(first ? _linkListen : _peer) ?? "127.0.0.1:7703", parsed.GetValue(_dealer) ?? "127.0.0.1:7700", parsed.GetRequiredValue(_state),
            _options.Security(parsed, _terminals))
        {
            PoolDepth = parsed.GetValue(_pool), WaitingMax = parsed.GetValue(_waiting), Keep = TimeSpan.FromSeconds(parsed.GetValue(_keep)),
            Patience = TimeSpan.FromSeconds(parsed.GetValue(_patience)), Emulated = LinkProfile.Named(parsed.GetRequiredValue(_link)),
            OpenToAll = parsed.GetValue(_openToAll), ShowsShares = parsed.GetValue(_showShares), Held = parsed.GetValue(_held),
        };
    }

    private void Tell(PartyOutput output, ServerReport report)
    {
        switch (report)
        {
            case ServerReport.Answered a:
                output.Tell(new Answered($"{a.Query}", a.Correlation, a.Started, a.PrepareSeconds, a.PrepareSent, a.PrepareReceived,
                    a.PrepareRounds, a.OnlineSeconds, a.OnlineSent, a.OnlineReceived, a.Rounds),
                    $"query {a.Query}: answered, {a.OnlineSeconds * 1e3:f1} ms online, {a.OnlineSent + a.OnlineReceived:n0} bytes, {a.Rounds} rounds, "
                    + $"correlations {a.Correlation}");
                break;
            case ServerReport.Prepared p:
                output.Tell(new Prepared(p.Correlation));
                break;
            case ServerReport.WeightsOpened w:
                output.Tell(new WeightsOpened(w.Seconds, w.Bytes), $"masked weights opened: {w.Bytes:n0} bytes each way, {w.Seconds:f2} s");
                break;
            case ServerReport.KeysExchanged k:
                output.Tell(new KeysExchanged(k.Seconds, k.Bytes, k.Rounds),
                    $"keys and transfers exchanged, no dealer: {k.Bytes:n0} bytes sent, {k.Seconds:f2} s");
                break;
            case ServerReport.Failed f:
                _terminals.Error.WriteLine($"blindsight: query {f.Query} failed, {f.Fault}: {f.Message}.");
                break;
            case ServerReport.Refused r:
                _terminals.Error.WriteLine($"blindsight: not let in, {r.Fault}: {r.Message}.");
                break;
            case ServerReport.Link l:
                output.Tell(new LinkChanged(l.Name, l.State), $"{l.Name}: {l.State}");
                break;
        }
    }

    private static Option<string> Address(string name, string description) => new(name) { Description = description, HelpName = "HOST:PORT" };

    private static Option<double> Seconds(string name, string description, double standard)
    {
        Option<double> option = new(name) { Description = description, HelpName = "SECONDS", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
                && seconds is >= 0.1 and <= 2_592_000))
                result.AddError($"{name} takes seconds from 0.1 to 2592000 (30 days), not '{result.Tokens[0].Value}'.");
        });
        return option;
    }
}
