using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Sessions;
using Blindsight.Inference.Sessions;
using Blindsight.Transport;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Commands;

/// <summary>The model owner's process.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> plan = CommonOptions.Plan(), calibration = CommonOptions.Calibration(), card = CommonOptions.Card();
        Option<string> listen = new("--listen")
        {
            Description = "Where to wait for clients; 0.0.0.0 is every address of this machine.",
            HelpName = "HOST:PORT", DefaultValueFactory = _ => "127.0.0.1:7766",
        };
        Option<int?> clients = new("--clients") { Description = "Ends after so many clients. Default: never.", HelpName = "N" };
        Option<string?> memory = CommonOptions.Memory();
        Option<string> deployment = LeveledParties.Deployment();
        Option<int> batch = LeveledParties.Batch();
        PartyOptions options = new();
        TaughtCommand command = new("serve", "Answers clients with a model that they do not get to see.",
            "blindsight serve model.onnx --plan model.plan --listen 0.0.0.0:7766 --tls tls/server",
            "blindsight serve model.onnx --calibration train.npy --insecure",
            "blindsight serve large.onnx --plan large.plan --memory 512MiB --tls tls/server",
            "blindsight serve squares.onnx --deployment he --calibration train.npy --batch 1024 --tls tls/server")
        { model, plan, calibration, card, listen, clients, memory, deployment, batch };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(model);
            string? cardPath = parsed.GetValue(card);
            using PartyOutput output = options.Enter(parsed, terminals, cardPath ?? ModelFiles.CardBeside(path), path,
                parsed.GetValue(plan), parsed.GetValue(calibration));
            ConnectionSecurity security = options.Security(parsed, terminals);
            PartyAddress.Parse(parsed.GetRequiredValue(listen), security);
            if (LeveledParties.IsChosen(parsed, deployment, plan, memory))
            {
                LeveledParties.Served leveled = new(path, parsed.GetValue(calibration), ModelFiles.Card(cardPath, path), parsed.GetValue(batch),
                    options.Link(parsed), options.Threads(parsed), security);
                return leveled.Run(parsed.GetRequiredValue(listen), parsed.GetValue(clients), output, terminals, options.Linked(parsed, cancellation));
            }
            QuantizedModel quantized = Quantized(path, parsed.GetValue(plan), parsed.GetValue(calibration), cardPath, terminals);
            // The float weights are gone by now; what they took is needed for the transformed ones.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            long memoryBytes = parsed.GetValue(memory) is { } size ? ByteSize.Parse(size)!.Value : ServedModel.DefaultMemoryBytes;
            ServedModel served = new(quantized, memoryBytes, options.Threads(parsed));
            double warmupSeconds = WarmUp.Run();
            served.Prepare();
            using TcpChannelListener listener = TcpTransport.Listen(parsed.GetRequiredValue(listen), security);
            output.Tell(new Listening(listener.EndPoint.ToString()),
                $"Serving {quantized.Plan.Model} at {listener.EndPoint}; {ByteSize.Text(served.PreparedBytes)} of "
                + $"{ByteSize.Text(served.PreparedBytesOfAll)} of transformed weights in memory; Ctrl-C ends.");
            SessionOptions session = SessionOptions.Default with { Threads = options.Threads(parsed) };
            Reception reception = new((channel, desk, client, stop) =>
            {
                using ServerSession one = ServerSession.Accept(channel, served, session, desk, stop);
                one.Serve(null, stop);
                output.Tell(PartyOutput.Finish(quantized.Plan, warmupSeconds, one.Report) with { PreparedWeightBytes = served.PreparedBytes },
                    PartyOutput.Words(client, one.Report));
            }, options.Link(parsed), terminals.Complain);
            return reception.Run(listener, parsed.GetValue(clients), options.Linked(parsed, cancellation)) == 0 ? 0 : CommandLine.Failed;
        });
        return command;
    }

    private static QuantizedModel Quantized(string model, string? plan, string? calibration, string? card, Terminals terminals)
    {
        using ProgressLine progress = new(terminals.Error);
        return ModelFiles.Quantized(ModelFiles.Model(model), plan, calibration,
            plan is null ? ModelFiles.Card(card, model) : InputCard.None, progress.ForCompiler());
    }
}
