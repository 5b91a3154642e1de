using System.CommandLine;
using System.Diagnostics;
using Blindsight.Cli.Benchmarks;
using Blindsight.Cli.Files;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Costs.Measuring;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Commands;

/// <summary>Measures this machine once, for predictions.</summary>
internal static class MeasureCommand
{
    private const int ConnectMs = 5000;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Option<string?> output = new("--out")
        {
            Description = "Where to store the measurement. Default: the user's data folder, where other commands look for it.", HelpName = "FILE",
        };
        Option<string> link = CommonOptions.Link();
        link.Description = "Also measures round trip and rate of this emulated link. Predictions take a link's stated figures.";
        TaughtCommand command = new("measure",
            "Measures in some twenty seconds what each part of an inference takes on this machine, and stores it: predictions of cost are made from it.",
            "blindsight measure", "blindsight measure --out this-machine.json --link wan", "blindsight check model.onnx --costs this-machine.json")
        { output, link };
        command.SetAction(parsed => Run(parsed.GetValue(output), LinkProfile.Named(parsed.GetRequiredValue(link)), terminals, cancellation));
        return command;
    }

    /// <summary>A connection of this process to itself.</summary>
    public static (IChannel Here, IChannel There) Connect(LinkProfile link)
    {
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", ConnectionSecurity.Insecure);
        FramedChannel here = TcpTransport.Connect(listener.EndPoint.ToString(), ConnectionSecurity.Insecure, link, ConnectMs);
        return (here, listener.Accept(link, ConnectMs));
    }

    private static int Run(string? output, LinkProfile link, Terminals terminals, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        MachineFacts facts = MachineFacts.Read();
        MachineCosts costs;
        LinkFigures? figures = null;
        using (ProgressLine progress = new(terminals.Error))
        {
            costs = MachineMeasurement.Run($"{facts.Cpu}, {facts.Cores} cores, {facts.Runtime}", () => Connect(LinkProfile.None),
                new Progress(name => progress.Show($"measuring {name}")), cancellation);
            costs = FirstInference.Add(costs, progress, cancellation);
            if (link != LinkProfile.None)
            {
                progress.Show($"measuring the {link.Name} link");
                figures = LinkFigures.Measure(Connect(link));
            }
        }
        CostFiles.Write(output, costs);
        CostLines.Write(costs, terminals.Out);
        if (figures is { } seen)
            terminals.Out.WriteLine($"{link.Name}: round trip {seen.RoundTripMs:f1} ms, {seen.MegabitsPerSecond:n0} Mbit/s");
        terminals.Out.WriteLine($"Stored in {output ?? CostFiles.DefaultPath} after {Stopwatch.GetElapsedTime(start).TotalSeconds:f0} s.");
        return 0;
    }

    private sealed class Progress(Action<string> show) : IProgress<string>
    {
        public void Report(string value) => show(value);
    }
}
