using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using Blindsight.Cli.Benchmarks.Serving;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Training;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;
using Spectre.Console;

namespace Blindsight.Cli.Commands;

/// <summary>blindsight bench serving: a server under many clients, for minutes or for hours.</summary>
internal sealed class BenchServingCommand
{
    private const int ClientsDefault = 32, ClientsMax = 1000, ConnectTimeoutMs = 60_000, InputsMax = 256;
    private const double MinutesDefault = 5, LoadDefault = 0.7;

    /// <summary>How long the phases before the open loop take at most; none takes longer than twice that.</summary>
    private const double UnmeasuredSeconds = 5, AloneSeconds = 10, CapacitySeconds = 20;

    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<string?> _plan = CommonOptions.Plan(), _calibration = CommonOptions.Calibration(), _card = CommonOptions.Card();
    private readonly Option<string> _input = CommonOptions.Input();
    private readonly Option<int> _clients = CommonOptions.Positive("--clients", "Clients, each with a session that stays open.", ClientsDefault, ClientsMax);
    private readonly Option<double> _minutes = Number("--minutes", "How long questions come at random moments.", "MINUTES", MinutesDefault, 24 * 60);
    private readonly Option<double> _load =
        Number("--load", "How many of them come, as a share of what all clients together get answered.", "SHARE", LoadDefault, 2);
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Plain TCP instead of TLS." };
    private readonly Option<string?> _json = CommonOptions.Json("Writes the figures, the machine and the commit to a file.");
    private readonly Terminals _terminals;

    private BenchServingCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        BenchServingCommand bench = new(terminals);
        TaughtCommand command = new("serving",
            "Starts 'serve' as a process and asks it from many clients, threads of this process: one client alone, all as fast as they can, and then for "
            + "minutes at random moments (an open loop: nobody waits for earlier answers before asking). Shows times with waiting included, errors, and "
            + "whether the server's memory stays flat. With hours instead of minutes it is a soak test.",
            "blindsight bench serving model.onnx --calibration train.npy --input test.npy",
            "blindsight bench serving model.onnx --calibration train.npy --input test.npy --clients 8 --minutes 60 --json soak.json")
        {
            bench._model, bench._plan, bench._calibration, bench._card, bench._input, bench._clients, bench._minutes, bench._load, bench._insecure, bench._json,
        };
        command.SetAction(parsed => bench.Run(parsed, cancellation));
        return command;
    }

    private static Option<double> Number(string name, string description, string help, double standard, double most)
    {
        Option<double> option = new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(result.GetValueOrDefault<double>() > 0 && result.GetValueOrDefault<double>() <= most))
                result.AddError($"{name} is above 0 and at most {most}.");
        });
        return option;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetRequiredValue(_model);
        Graph graph = ModelFiles.Model(path);
        using TemporaryFolder folder = new();
        using ProgressLine progress = new(_terminals.Error);
        QuantizedModel model = ModelFiles.Quantized(
            graph, parsed.GetValue(_plan), parsed.GetValue(_calibration), ModelFiles.Card(parsed.GetValue(_card), path), progress.ForCompiler());
        string plan = Path.Combine(folder.Path, "plan");
        AtomicFile.Write(plan, stream => stream.Write(PlanSerializer.Serialize(model.Plan)));
        SampleSet samples = ModelFiles.Samples(parsed.GetRequiredValue(_input), "input");
        FloatTensor[][] inputs = ModelFiles.Inputs(
            samples, new RowRange(0, Math.Min(samples.Count, InputsMax) - 1), model.Plan.Card, ModelFiles.Ports(graph));
        FixedPointReference reference = new(model);
        int[] tops = [.. inputs.AsParallel().AsOrdered().Select(input => TopOne.Of(model.Plan, reference.Run(input)))];
        ServingReport report = Measure(parsed, path, plan, model.Plan, inputs, tops, progress, cancellation);
        progress.Clear();
        Write(report);
        if (parsed.GetValue(_json) is { } json) AtomicFile.Write(json, stream => stream.Write(report.ToJson()));
        string[] errors = [.. report.Alone.Errors, .. report.Capacity.Errors, .. report.Open.Errors];
        return errors.Length == 0 ? 0 : throw new CommandException($"{errors.Length} sessions failed; the first: {errors[0]}");
    }

    private ServingReport Measure(ParseResult parsed, string path, string planFile, InferencePlan plan, FloatTensor[][] inputs, int[] tops,
        ProgressLine progress, CancellationToken cancellation)
    {
        int clients = parsed.GetValue(_clients);
        bool insecure = parsed.GetValue(_insecure);
        double load = parsed.GetValue(_load);
        TimeSpan duration = TimeSpan.FromMinutes(parsed.GetValue(_minutes));
        using RunSecurity security = new(insecure);
        using BlockingCollection<string> address = [];
        using PartyProcess server = new("server",
            ["serve", path, "--plan", planFile, "--listen", "127.0.0.1:0", .. security.Server("server")],
            happened =>
            {
                if (happened is Listening listening) address.Add(listening.Address, CancellationToken.None);
            });
        string at = TwoProcesses.WaitForAddress(address, server, cancellation);
        WarmUp.Run();
        TimeSpan AtMost(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 2 * duration.TotalSeconds));
        ConnectionSecurity own = security.InProcess("client");
        List<FramedChannel> channels = [];
        List<ClientSession> sessions = [];
        try
        {
            for (int client = 0; client < clients; client++)
            {
                progress.Show($"client {client + 1}/{clients} connects");
                channels.Add(TcpTransport.Connect(at, own, LinkProfile.None, ConnectTimeoutMs, cancellation: cancellation));
                sessions.Add(ClientSession.Connect(channels[^1], plan, SessionOptions.Default, null, cancellation));
            }
            ServingLoad asking = new([.. sessions], inputs, tops);
            progress.Show("one client");
            asking.Closed(1, AtMost(UnmeasuredSeconds), cancellation);
            ServingPhase alone = asking.Closed(1, AtMost(AloneSeconds), cancellation);
            progress.Show($"{clients} clients as fast as they can");
            asking.Closed(clients, AtMost(UnmeasuredSeconds), cancellation);
            ServingPhase capacity = asking.Closed(clients, AtMost(CapacitySeconds), cancellation);
            progress.Show($"{load * capacity.PerSecond:f1} questions a second for {duration.TotalMinutes:f1} min");
            using MemoryWatch memory = new(server.Id);
            ServingPhase open = asking.Open(load * capacity.PerSecond, duration, seed: 1, cancellation);
            (long first, long last, long largest) = memory.Seen;
            return new ServingReport(1, plan.Model, clients, !insecure, load, MachineFacts.Read(), MachineFacts.Commit(), alone, capacity, open, first, last,
                largest);
        }
        finally
        {
            foreach (ClientSession session in sessions) session.Dispose();
            foreach (FramedChannel channel in channels) channel.Dispose();
        }
    }

    private void Write(ServingReport report)
    {
        TextWriter output = _terminals.Out;
        output.WriteLine($"{report.Model}: {report.Clients} clients in one process, the server in another, {(report.Tls ? "TLS" : "plain TCP")}, "
            + $"{report.Machine.Cpu}, {report.Machine.Cores} cores");
        Table table = Tables.New("", "answers", "a second", "p50 ms", "p90 ms", "p99 ms", "longest ms", "other class", "failed sessions");
        for (int column = 1; column < table.Columns.Count; column++) table.Columns[column].RightAligned();
        foreach ((string name, ServingPhase phase) in new[]
        {
            ("one client", report.Alone), ("all, as fast as they can", report.Capacity), ($"at {report.Load:p0} of that, at random", report.Open),
        })
            Tables.Add(table, name, $"{phase.Answers:n0}", Round(phase.PerSecond), Round(1e3 * phase.P50), Round(1e3 * phase.P90), Round(1e3 * phase.P99),
                Round(1e3 * phase.Largest), $"{phase.Wrong}", $"{phase.Errors.Length}");
        Tables.Write(table, output);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"p99 at random moments is {report.P99OverAlone:f1} times one client's p50. The server's memory: {RunSummary.Mebibytes(report.ServerFirstBytes)} "
            + $"in the first quarter, {RunSummary.Mebibytes(report.ServerLastBytes)} in the last, {RunSummary.Mebibytes(report.ServerLargestBytes)} at most."));
    }

    private static string Round(double value) => value.ToString("n1", CultureInfo.InvariantCulture);
}
