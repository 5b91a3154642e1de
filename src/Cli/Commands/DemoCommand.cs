using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Inputs;

namespace Blindsight.Cli.Commands;

/// <summary>The main job on a handful of handwritten digits.</summary>
internal sealed class DemoCommand
{
    private readonly Option<int> _digits = CommonOptions.Positive("--digits", "How many digits to read, 1 to 20.", 5, 20);
    private readonly Option<string> _link = CommonOptions.Link();
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Terminals _terminals;

    private DemoCommand(Terminals terminals) => _terminals = terminals;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        DemoCommand demo = new(terminals);
        TaughtCommand command = new("demo",
            "Two processes on this machine: one holds a model that reads handwritten digits, the other the digits; neither sees the other's.",
            "blindsight demo", "blindsight demo --digits 10 --link wan")
        { demo._digits, demo._link, demo._threads };
        command.SetAction(parsed => demo.Run(parsed, cancellation));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        DemoFiles files = DemoFiles.Find();
        int digits = parsed.GetValue(_digits);
        SampleSet samples = ModelFiles.Samples(files.Digits, "sample digits");
        int[] labels = SampleReader.ReadLabels(files.Labels);
        TwoProcessSpec spec = new(files.Model, null, files.Calibration, files.Digits, $"0-{digits - 1}", parsed.GetRequiredValue(_link),
            parsed.GetValue(_threads), 1, Confinement.Supported);
        TextWriter output = _terminals.Out;
        output.WriteLine($"server   holds {Path.GetFileName(files.Model)}, a neural network, and shows it to nobody");
        output.WriteLine($"client   holds {digits} handwritten digits, and shows them to nobody");
        output.WriteLine($"link     {spec.Link}, TLS 1.3 over loopback");
        output.WriteLine();
        using ProgressLine progress = new(_terminals.Error);
        progress.Show("starting both processes");
        TwoProcessResult result = TwoProcesses.Run(spec, happened =>
        {
            if (happened is Stepped) progress.Show(happened.ToString());
            if (happened is not Predicted prediction) return;
            progress.Clear();
            Show(samples, labels, prediction);
        }, cancellation);
        progress.Clear();
        int right = result.Predictions.Count(prediction => prediction.Top1 == labels[prediction.Row]);
        output.WriteLine($"{right} of {digits} digits read as their writers meant them.");
        output.WriteLine(CostTable.Text(result.Client));
        output.WriteLine();
        output.WriteLine("who learned what");
        output.WriteLine($"  client   the network's ten outputs for each digit, and the plan: shapes and widths, no weight");
        output.WriteLine($"  server   that {digits} digits were asked about, and when");
        output.WriteLine("  network  the sizes of messages");
        output.WriteLine(RunSummary.Separation(spec));
        return 0;
    }

    /// <summary>A digit beside its prediction.</summary>
    private void Show(SampleSet samples, int[] labels, Predicted prediction)
    {
        string[] lines = Picture.Lines(samples, prediction.Row);
        string verdict = labels[prediction.Row] == prediction.Top1 ? "right" : $"wrong: the writer meant {labels[prediction.Row]}";
        for (int i = 0; i < lines.Length; i++)
            _terminals.Out.WriteLine(i == lines.Length / 2
                ? $"  {lines[i]}   digit {prediction.Row}: read as {prediction.Top1}, {verdict}" : $"  {lines[i]}".TrimEnd());
        _terminals.Out.WriteLine();
        _terminals.Out.Flush();
    }
}
