using System.CommandLine;
using System.Diagnostics;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Client;
using Blindsight.Transport;

namespace Blindsight.Cli.Commands;

/// <summary>The data owner's process, before: it uploads shares, and may then switch off.</summary>
internal static class SubmitCommand
{
    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Option<string> first = AddressOption("--server-a", "The first server's address for clients."), second = AddressOption("--server-b", "The second's.");
        Option<string> input = CommonOptions.Input(), ticket = new("--ticket")
        {
            Description = "Where identifiers and private keys are written, for 'blindsight collect': a file that its owner alone can read.",
            HelpName = "FILE", Required = true,
        };
        Option<string?> rows = CommonOptions.Rows(), card = CommonOptions.Card();
        card.Description = "A model card (YAML) to use instead of the plan's.";
        Option<string?> plan = CommonOptions.Plan("The plan to insist on. Default: the plan that both servers hold.");
        HostOptions options = new();
        TaughtCommand command = new("submit",
            "Splits inputs between two servers that must not collude, and uploads the shares. Then switch off; collect the answers later.",
            "blindsight submit --server-a 127.0.0.1:7701 --server-b 127.0.0.1:7702 --tls tls/client --input digits.idx3-ubyte.gz --rows 0-4 --ticket my.ticket",
            "blindsight collect --ticket my.ticket --tls tls/client --wait")
        { first, second, input, rows, plan, card, ticket };
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            string path = parsed.GetRequiredValue(input), ticketPath = parsed.GetRequiredValue(ticket);
            if (File.Exists(ticketPath)) throw new CommandException($"There is a ticket at '{ticketPath}' already; collect it, or name another file.");
            using PartyOutput output = options.Open(parsed, terminals);
            using ProgressLine progress = new(terminals.Error);
            SampleSet samples = ModelFiles.Samples(path, "input");
            RowRange range = RowRange.Of(parsed.GetValue(rows), samples);
            InputCard? own = parsed.GetValue(card) is { } cardFile ? ModelCard.Read(cardFile) : null;
            ConnectionSecurity security = options.Security(parsed, terminals);
            Uri a = ServerAddress.Parse(parsed.GetRequiredValue(first), security), b = ServerAddress.Parse(parsed.GetRequiredValue(second), security);
            CancellationToken linked = options.Linked(parsed, cancellation);
            using OutsourcingClient client = new(a, b, security);
            (InferencePlan agreed, byte[] hash) = await client.AgreedPlanAsync(linked);
            if (parsed.GetValue(plan) is { } planFile && !PlanSerializer.Hash(ModelFiles.Plan(planFile)).AsSpan().SequenceEqual(hash))
                throw new CommandException($"The servers hold another plan than {planFile}; nothing was sent.");
            FloatTensor[][] inputs = ModelFiles.Inputs(samples, range, own ?? agreed.Card, [.. agreed.Inputs]);
            long start = Stopwatch.GetTimestamp();
            Ticket issued = Ticket.Issue(a, b, agreed, hash, range.Rows);
            // Before anything is sent, so that nothing that was sent is ever lost.
            issued.Write(ticketPath);
            for (int i = 0; i < inputs.Length; i++)
            {
                int row = issued.Queries[i].Row;
                progress.Show($"row {row}: splitting and uploading");
                await client.SubmitAsync(agreed, hash, issued.Queries[i], inputs[i],
                    () => progress.Show($"row {row}: the servers are busy, waiting for room"), linked);
            }
            progress.Dispose();
            ClientTraffic traffic = client.Traffic;
            output.Tell(new Uploaded(inputs.Length, traffic.ToFirst, traffic.ToSecond, Stopwatch.GetElapsedTime(start).TotalSeconds),
                $"{inputs.Length} rows uploaded: {traffic.ToFirst:n0} bytes to a, {traffic.ToSecond:n0} to b. You may switch off.\n"
                + $"Collect with 'blindsight collect --ticket {ticketPath} --wait', and the options that protect connections. "
                + $"Keep {ticketPath} to yourself: it holds the keys to the answers.");
            output.Tell(Ended.Now());
            return 0;
        });
        return command;
    }

    private static Option<string> AddressOption(string name, string description) =>
        new(name) { Description = description, HelpName = "URL", Required = true };
}
