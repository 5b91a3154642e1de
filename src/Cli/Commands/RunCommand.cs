using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Training;

namespace Blindsight.Cli.Commands;

/// <summary>
/// Runs every party as a process on this machine and reports. This process holds model and input for the sake of comparison; the
/// parties' processes hold only what is theirs.
/// </summary>
internal sealed class RunCommand
{
    private const long PoolBytes = 1L << 30;
    private const int PoolMax = 16;

    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<string?> _plan = CommonOptions.Plan(), _calibration = CommonOptions.Calibration(), _card = CommonOptions.Card();
    private readonly Option<string> _input = CommonOptions.Input(), _link = CommonOptions.Link();
    private readonly Option<string?> _rows = CommonOptions.Rows(), _labels = CommonOptions.Labels();
    private readonly Option<string?> _json = CommonOptions.Json("Writes the outputs and all figures to a file.");
    private readonly Option<string> _deployment = CommonOptions.Choice("--deployment",
        "How the parties are laid out: client and server; two servers that hold shares of model and input, with a dealer; he, where the server computes "
        + "on the client's ciphertexts, for models whose activations are polynomials; or enclave, where a host computes on ciphertexts for which a small "
        + "attested process holds the key.", [.. DeploymentKinds.All, LeveledParties.Name, EnclaveProcesses.Name]);
    private readonly Option<string> _activation = UploadModelCommand.Activation(), _weights = UploadModelCommand.Weights(), _tee = EnclaveCommand.Tee();
    private readonly Option<string?> _comparison = Comparisons.Option(), _profile = Comparisons.Profile();
    private readonly Option<int> _threads = CommonOptions.Threads(), _batch = CommonOptions.Batch();
    private readonly Option<string?> _memory = CommonOptions.Memory();
    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "The parties speak plain TCP. Default: mutual TLS, under certificates that are made for this run.",
    };
    private readonly Option<string[]> _probeServer = new("--probe-server") { Hidden = true };
    private readonly Option<string[]> _probeClient = new("--probe-client") { Hidden = true };
    private readonly AttestationOptions _attestation = new();
    private readonly Terminals _terminals;

    private RunCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        RunCommand run = new(terminals);
        TaughtCommand command = new("run",
            "Runs every party as a process on this machine, each with its own files only, and reports results and cost.",
            "blindsight run model.onnx --calibration train.npy --input test.npy --rows 0-9 --json report.json",
            "blindsight run model.onnx --plan model.plan --input images.gz --labels labels.gz --rows 0-9 --link wan",
            "blindsight run model.onnx --calibration train.npy --input test.npy --rows 0-9 --deployment two-servers --comparison auto --link wan",
            "blindsight run squares.onnx --calibration train.npy --input test.npy --deployment he --batch 1024 --threads 2",
            "blindsight run model.onnx --calibration train.npy --input test.npy --deployment enclave --tee simulated")
        {
            run._model, run._plan, run._calibration, run._input, run._rows, run._labels, run._card, run._deployment, run._comparison, run._profile,
            run._link, run._threads, run._batch, run._memory, run._activation, run._weights, run._tee, run._insecure, run._json, run._probeServer,
            run._probeClient,
        };
        run._attestation.AddTo(command);
        command.SetAction(parsed => run.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        Graph graph = ModelFiles.Model(parsed.GetRequiredValue(_model));
        SampleSet samples = ModelFiles.Samples(parsed.GetRequiredValue(_input), "input");
        RowRange rows = RowRange.Of(parsed.GetValue(_rows), samples);
        int[]? labels = Labels.Read(parsed.GetValue(_labels), samples, rows);
        using ProgressLine progress = new(_terminals.Error);
        byte[] report = LeveledParties.IsChosen(parsed, _deployment, _plan, _comparison, _profile, _memory)
            ? Leveled(parsed, graph, samples, rows, labels, progress, cancellation)
            : LeveledParties.IsChosen(EnclaveProcesses.Name, parsed, _deployment, _plan, _comparison, _profile, _memory)
            ? Attested(parsed, graph, samples, rows, labels, progress, cancellation) : Planned(parsed, graph, samples, rows, labels, progress, cancellation);
        if (parsed.GetValue(_json) is { } file) AtomicFile.Write(file, stream => stream.Write(report));
        return 0;
    }

    /// <summary>A deployment that runs a plan.</summary>
    private byte[] Planned(ParseResult parsed, Graph graph, SampleSet samples, RowRange rows, int[]? labels, ProgressLine progress,
        CancellationToken cancellation)
    {
        string model = parsed.GetRequiredValue(_model);
        QuantizedModel quantized = Quantized(parsed, graph, model, progress);
        InferencePlan plan = quantized.Plan;
        FloatTensor[][] inputs = ModelFiles.Inputs(samples, rows, plan.Card, ModelFiles.Ports(graph));
        using TemporaryFolder folder = new();
        string planFile = Path.Combine(folder.Path, "plan");
        AtomicFile.Write(planFile, stream => stream.Write(PlanSerializer.Serialize(plan)));
        Work work = new(graph, quantized, planFile, folder.Path, inputs, rows, labels, progress);
        return plan.Deployment == DeploymentKinds.TwoServers ? Outsourced(parsed, work, cancellation) : Direct(parsed, work, cancellation);
    }

    /// <summary>Client and server, under encryption from end to end.</summary>
    private byte[] Leveled(ParseResult parsed, Graph graph, SampleSet samples, RowRange rows, int[]? labels, ProgressLine progress,
        CancellationToken cancellation)
    {
        string model = parsed.GetRequiredValue(_model);
        InputCard card = ModelFiles.Card(parsed.GetValue(_card), model);
        FloatTensor[][] inputs = ModelFiles.Inputs(samples, rows, card, ModelFiles.Ports(graph));
        if (parsed.GetValue(_calibration) is not { } calibration)
            throw new CommandException($"--deployment {LeveledParties.Name} needs --calibration FILE, for the sizes of numbers.");
        TwoProcessSpec spec = new(model, null, calibration, parsed.GetRequiredValue(_input), $"{rows.First}-{rows.Last}",
            parsed.GetRequiredValue(_link), parsed.GetValue(_threads), parsed.GetValue(_batch), Confinement.Supported)
        {
            Deployment = LeveledParties.Name, Card = parsed.GetValue(_card), Insecure = parsed.GetValue(_insecure),
            ServerProbes = parsed.GetValue(_probeServer) ?? [], ClientProbes = parsed.GetValue(_probeClient) ?? [],
        };
        TwoProcessResult result = TwoProcesses.Run(spec, happened =>
        {
            if (happened is Stepped) progress.Show(happened.ToString());
        }, cancellation);
        progress.Clear();
        ClearReference reference = ClearReference.OfFloats(graph, inputs, result.Client.OutputBound!.Value);
        ReferenceAgreement agreement = reference.Compare(result.Predictions, rows.First);
        RunSummary.Write(result, reference.FloatTop1, RunSummary.AgreementWithFloats(agreement), labels, spec, _terminals.Out);
        return RunReport.Of(result, spec.Link, spec.Threads, reference.FloatTop1, agreement).ToJson();
    }

    /// <summary>A host that computes on ciphertexts, and an enclave that holds the key.</summary>
    private byte[] Attested(ParseResult parsed, Graph graph, SampleSet samples, RowRange rows, int[]? labels, ProgressLine progress,
        CancellationToken cancellation)
    {
        string model = parsed.GetRequiredValue(_model), tee = parsed.GetRequiredValue(_tee);
        if (parsed.GetValue(_calibration) is not { } calibration)
            throw new CommandException($"--deployment {EnclaveProcesses.Name} needs --calibration FILE, for the sizes of numbers.");
        InputCard card = ModelFiles.Card(parsed.GetValue(_card), model);
        FloatTensor[][] inputs = ModelFiles.Inputs(samples, rows, card, ModelFiles.Ports(graph));
        using TemporaryFolder folder = new();
        EnclaveSpec spec = new(model, calibration, parsed.GetValue(_card), parsed.GetRequiredValue(_input), $"{rows.First}-{rows.Last}",
            parsed.GetRequiredValue(_link), parsed.GetValue(_threads), parsed.GetValue(_batch), parsed.GetRequiredValue(_activation),
            parsed.GetRequiredValue(_weights), tee, folder.Path, parsed.GetValue(_insecure))
        {
            Trust = _attestation.Arguments(parsed, simulated: tee == EnclaveCommand.Simulated),
        };
        EnclaveResult result = EnclaveProcesses.Run(spec, progress.Show, cancellation);
        progress.Clear();
        ClearReference reference = ClearReference.OfFloats(graph, inputs, result.Answered.OutputBound);
        ReferenceAgreement agreement = reference.Compare(result.Predictions, rows.First);
        EnclaveReport report = EnclaveReport.Of(result, spec, reference.FloatTop1, agreement);
        EnclaveSummary.Write(report, result.Predictions, [.. card.Classes], labels, _terminals.Out);
        return report.ToJson();
    }

    /// <summary>Client and server.</summary>
    private byte[] Direct(ParseResult parsed, Work work, CancellationToken cancellation)
    {
        TwoProcessSpec spec = new(parsed.GetRequiredValue(_model), work.PlanFile, null, parsed.GetRequiredValue(_input), work.Range,
            parsed.GetRequiredValue(_link), parsed.GetValue(_threads), parsed.GetValue(_batch), Confinement.Supported)
        {
            Memory = parsed.GetValue(_memory), Insecure = parsed.GetValue(_insecure),
            ServerProbes = parsed.GetValue(_probeServer) ?? [], ClientProbes = parsed.GetValue(_probeClient) ?? [],
        };
        TwoProcessResult result = TwoProcesses.Run(spec, happened =>
        {
            if (happened is Stepped) work.Progress.Show(happened.ToString());
        }, cancellation);
        (ClearReference reference, ReferenceAgreement agreement) = work.Compare(result.Predictions);
        RunSummary.Write(result, reference.FloatTop1, RunSummary.Agreement(agreement), work.Labels, spec, _terminals.Out);
        return RunReport.Of(result, spec.Link, spec.Threads, reference.FloatTop1, agreement).ToJson();
    }

    /// <summary>Two servers, a dealer unless the plan needs none, and an owner and a client who are gone while the servers work.</summary>
    private byte[] Outsourced(ParseResult parsed, Work work, CancellationToken cancellation)
    {
        string link = parsed.GetRequiredValue(_link);
        OutsourcedSpec spec = new(
            parsed.GetRequiredValue(_model), work.PlanFile, parsed.GetRequiredValue(_input), work.Range, work.Rows.Count, link, work.Folder,
            work.Model.Plan.Comparison != ComparisonKinds.Transfers, PoolDepth(work.Model.Plan, work.Rows.Count),
            parsed.GetValue(_insecure));
        OutsourcedResult result = OutsourcedProcesses.Run(spec, work.Progress.Show, cancellation);
        Predicted[] predictions = result.Predictions;
        (ClearReference reference, ReferenceAgreement agreement) = work.Compare(predictions);
        OutsourcedReport report = OutsourcedReport.Of(result, work.Model.Plan, link, reference.FloatTop1, agreement);
        OutsourcedSummary.Write(report, predictions, [.. work.Model.Plan.Card.Classes], work.Labels, _terminals.Out);
        return report.ToJson();
    }

    /// <summary>As many queries as fit a gigabyte of the disk.</summary>
    private static int PoolDepth(InferencePlan plan, int rows) =>
        (int)Math.Clamp(PoolBytes / Math.Max(1, StatedCosts.Of(plan).Sum(layer => layer.DealtSecond)), 1, Math.Clamp(rows, 1, PoolMax));

    /// <summary>What is run, and what it is compared with.</summary>
    private sealed record Work(Graph Graph, QuantizedModel Model, string PlanFile, string Folder, FloatTensor[][] Inputs, RowRange Rows, int[]? Labels,
        ProgressLine Progress)
    {
        public string Range => $"{Rows.First}-{Rows.Last}";

        public (ClearReference, ReferenceAgreement) Compare(Predicted[] predictions)
        {
            Progress.Show("comparing with the clear reference");
            ClearReference reference = ClearReference.Of(Graph, Model, Inputs);
            ReferenceAgreement agreement = reference.Compare(predictions, Rows.First);
            Progress.Clear();
            return (reference, agreement);
        }
    }

    /// <summary>The model under the plan for both parties, with the card that was named on the command line.</summary>
    private QuantizedModel Quantized(ParseResult parsed, Graph graph, string model, ProgressLine progress)
    {
        InputCard card = ModelFiles.Card(parsed.GetValue(_card), model);
        (string deployment, string? comparison) =
            Comparisons.Asked(parsed.GetRequiredValue(_deployment), parsed.GetValue(_comparison), parsed.GetValue(_profile));
        bool asksForSessions = parsed.GetValue(_threads) != 1 || parsed.GetValue(_batch) != 1 || parsed.GetValue(_memory) is not null;
        if (deployment == DeploymentKinds.TwoServers && asksForSessions)
            throw new CommandException("--threads, --batch and --memory are not for --deployment two-servers: each row is a query of its own, on one thread.");
        QuantizedModel quantized = Comparisons.Quantized(graph, parsed.GetValue(_plan), parsed.GetValue(_calibration),
            new CompileOptions { Deployment = deployment, Card = card }, comparison, parsed.GetRequiredValue(_link), progress.ForCompiler());
        return parsed.GetValue(_card) is null ? quantized : quantized with { Plan = quantized.Plan with { Card = card } };
    }
}
