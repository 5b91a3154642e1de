using System.CommandLine;
using Blindsight.Arithmetic;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Training;

namespace Blindsight.Cli.Commands;

/// <summary>
/// Runs every party as a process on this machine and reports. This process holds model and input for the sake of comparison; the
/// parties' processes hold only what is theirs.
/// </summary>
internal sealed class RunCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<string?> _plan = CommonOptions.Plan(), _calibration = CommonOptions.Calibration(), _card = CommonOptions.Card();
    private readonly Option<string> _input = CommonOptions.Input(), _link = CommonOptions.Link();
    private readonly Option<string?> _rows = CommonOptions.Rows(), _labels = CommonOptions.Labels();
    private readonly Option<string?> _json = CommonOptions.Json("Writes the outputs and all figures to a file.");
    private readonly Option<string> _deployment = CommonOptions.Choice("--deployment", "How the parties are laid out.", "client-server");
    private readonly Option<string> _comparison = CommonOptions.Comparison();
    private readonly Option<int> _threads = CommonOptions.Threads(), _batch = CommonOptions.Batch();
    private readonly Option<string?> _memory = CommonOptions.Memory();
    private readonly Option<string[]> _probeServer = new("--probe-server") { Hidden = true };
    private readonly Option<string[]> _probeClient = new("--probe-client") { Hidden = true };
    private readonly Terminals _terminals;

    private RunCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        RunCommand run = new(terminals);
        TaughtCommand command = new("run",
            "Runs server and client as two processes on this machine, each with its own files only, and reports results and cost.",
            "blindsight run model.onnx --calibration train.npy --input test.npy --rows 0-9 --json report.json",
            "blindsight run model.onnx --plan model.plan --input images.gz --labels labels.gz --rows 0-9 --link wan")
        {
            run._model, run._plan, run._calibration, run._input, run._rows, run._labels, run._card, run._deployment, run._comparison,
            run._link, run._threads, run._batch, run._memory, run._json, run._probeServer, run._probeClient,
        };
        command.SetAction(parsed => run.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string model = parsed.GetRequiredValue(_model), input = parsed.GetRequiredValue(_input), link = parsed.GetRequiredValue(_link);
        Graph graph = ModelFiles.Model(model);
        SampleSet samples = ModelFiles.Samples(input, "input");
        RowRange rows = RowRange.Of(parsed.GetValue(_rows), samples);
        int[]? labels = Labels.Read(parsed.GetValue(_labels), samples, rows);
        using ProgressLine progress = new(_terminals.Error);
        QuantizedModel quantized = Quantized(parsed, graph, model, progress);
        InferencePlan plan = quantized.Plan;
        FloatTensor[][] inputs = ModelFiles.Inputs(samples, rows, plan.Card, ModelFiles.Ports(graph));
        using TemporaryFolder folder = new();
        string planFile = Path.Combine(folder.Path, "plan");
        AtomicFile.Write(planFile, stream => stream.Write(PlanSerializer.Serialize(plan)));
        TwoProcessSpec spec = new(model, planFile, null, input, $"{rows.First}-{rows.Last}", link, parsed.GetValue(_threads),
            parsed.GetValue(_batch), Confinement.Supported)
        {
            Memory = parsed.GetValue(_memory),
            ServerProbes = parsed.GetValue(_probeServer) ?? [], ClientProbes = parsed.GetValue(_probeClient) ?? [],
        };
        TwoProcessResult result = TwoProcesses.Run(spec, happened =>
        {
            if (happened is Stepped) progress.Show(happened.ToString());
        }, cancellation);
        progress.Show("comparing with the clear reference");
        ClearReference reference = ClearReference.Of(graph, quantized, inputs);
        ReferenceAgreement agreement = reference.Compare(result.Predictions, rows.First);
        progress.Clear();
        RunReport report = RunReport.Of(result, link, spec.Threads, reference.FloatTop1, agreement);
        if (parsed.GetValue(_json) is { } file) AtomicFile.Write(file, stream => stream.Write(report.ToJson()));
        RunSummary.Write(result, reference.FloatTop1, agreement, labels, spec, _terminals.Out);
        return 0;
    }

    /// <summary>The model under the plan for both parties, with the card that was named on the command line.</summary>
    private QuantizedModel Quantized(ParseResult parsed, Graph graph, string model, ProgressLine progress)
    {
        InputCard card = ModelFiles.Card(parsed.GetValue(_card), model);
        QuantizedModel quantized = ModelFiles.Quantized(graph, parsed.GetValue(_plan), parsed.GetValue(_calibration), card, progress.ForCompiler(),
            parsed.GetRequiredValue(_comparison));
        InferencePlan plan = quantized.Plan;
        string deployment = parsed.GetRequiredValue(_deployment), comparison = parsed.GetRequiredValue(_comparison);
        if (plan.Deployment != deployment || plan.Comparison != comparison)
            throw new ParameterException(
                $"The plan is for {plan.Deployment} with comparison by {plan.Comparison}, not {deployment} with {comparison}.");
        return parsed.GetValue(_card) is null ? quantized : quantized with { Plan = plan with { Card = card } };
    }
}
