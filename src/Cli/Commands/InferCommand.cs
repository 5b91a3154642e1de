using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Commands;

/// <summary>The data owner's process.</summary>
internal static class InferCommand
{
    private const int ConnectTimeoutMs = 10_000;

    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Option<string> server = new("--server")
        {
            Description = "The server's address, which must be in its certificate.", HelpName = "HOST:PORT", Required = true,
        };
        Option<string> input = CommonOptions.Input();
        Option<string?> rows = CommonOptions.Rows(), card = CommonOptions.Card();
        card.Description = "A model card (YAML) to use instead of the plan's.";
        Option<string?> plan = CommonOptions.Plan("The plan to insist on. Default: the plan that the server sends.");
        Option<int> batch = CommonOptions.Batch();
        Option<string> deployment = LeveledParties.Deployment();
        PartyOptions options = new();
        TaughtCommand command = new("infer", "Asks a server for predictions without showing it the input.",
            "blindsight infer --server 127.0.0.1:7766 --tls tls/client --input digits.idx3-ubyte.gz --rows 0-4",
            "blindsight infer --server 127.0.0.1:7766 --insecure --plan model.plan --input photo.png --link wan")
        { server, input, rows, plan, card, batch, deployment };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(input);
            using PartyOutput output = options.Enter(parsed, terminals, parsed.GetValue(card), path, parsed.GetValue(plan));
            ConnectionSecurity security = options.Security(parsed, terminals);
            SampleSet samples = ModelFiles.Samples(path, "input");
            RowRange range = RowRange.Of(parsed.GetValue(rows), samples);
            if (LeveledParties.IsChosen(parsed, deployment, plan))
                return LeveledParties.Ask(parsed.GetRequiredValue(server), security, options.Link(parsed), samples, range, parsed.GetValue(card), output,
                    options.Linked(parsed, cancellation));
            InferencePlan? expected = parsed.GetValue(plan) is { } file ? ModelFiles.Plan(file) : null;
            InputCard? own = parsed.GetValue(card) is { } cardFile ? ModelCard.Read(cardFile) : null;
            CancellationToken linked = options.Linked(parsed, cancellation);
            double warmupSeconds = WarmUp.Run();
            FramedChannel Connect() => TcpTransport.Connect(
                parsed.GetRequiredValue(server), security, options.Link(parsed), ConnectTimeoutMs, cancellation: linked);
            using FramedChannel channel = Connect();
            SessionOptions session = SessionOptions.Default with { Threads = options.Threads(parsed) };
            using ClientSession client = ClientSession.Connect(channel, expected, session, Connect, linked);
            Questions questions = new(client, own ?? client.Plan.Card, parsed.GetValue(batch), output);
            questions.Ask(samples, range, linked);
            Finished finished = PartyOutput.Finish(client.Plan, warmupSeconds, client.Report);
            output.Tell(finished, CostTable.Text(finished));
            return 0;
        });
        return command;
    }
}
