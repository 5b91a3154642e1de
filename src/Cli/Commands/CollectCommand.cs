using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Blindsight.Cli.Parties;
using Blindsight.Cli.Reports;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Training;
using Blindsight.Transport;

namespace Blindsight.Cli.Commands;

/// <summary>The data owner's process, after: it fetches result shares and adds them.</summary>
internal static class CollectCommand
{
    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Option<string> ticket = new("--ticket") { Description = "What 'blindsight submit' wrote.", HelpName = "FILE", Required = true };
        Option<bool> wait = new("--wait") { Description = "Waits for answers that are not there yet. Default: collects all or says what is missing." };
        Option<bool> keep = new("--keep")
        {
            Description = "Leaves results at the servers and the ticket here. Default: both are erased once everything was collected.",
        };
        Option<string?> json = CommonOptions.Json("Writes the outputs to a file.");
        HostOptions options = new();
        TaughtCommand command = new("collect", "Fetches the answers to what was submitted, from both servers, and adds the shares.",
            "blindsight collect --ticket my.ticket --tls tls/client", "blindsight collect --ticket my.ticket --tls tls/client --wait --json answers.json")
        { ticket, wait, keep, json };
        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            string path = parsed.GetRequiredValue(ticket);
            using PartyOutput output = options.Open(parsed, terminals);
            Ticket issued = Ticket.Read(path);
            CancellationToken linked = options.Linked(parsed, cancellation);
            ConnectionSecurity security = options.Security(parsed, terminals);
            using OutsourcingClient client = new(ServerAddress.Parse(issued.ServerA, security), ServerAddress.Parse(issued.ServerB, security), security);
            long start = Stopwatch.GetTimestamp();
            InferencePlan plan = await client.PlanAsync(issued.PlanHash, linked);
            (Predicted[] predictions, Exception? fault) = await CollectAsync(client, plan, issued, parsed.GetValue(wait), terminals, output, linked);
            if (parsed.GetValue(json) is { } file) AtomicFile.Write(file, stream => stream.Write(Json(plan, predictions)));
            if (fault is not null) throw fault;
            if (!parsed.GetValue(keep))
            {
                foreach (TicketQuery query in issued.Queries) await client.DeleteAsync(query, linked);
                File.Delete(path);
            }
            ClientTraffic traffic = client.Traffic;
            output.Tell(new Collected(plan.Model, plan.Comparison, [.. plan.Card.Classes], predictions.Length, traffic.FromFirst, traffic.FromSecond,
                Stopwatch.GetElapsedTime(start).TotalSeconds),
                $"{predictions.Length} rows collected: {traffic.FromFirst:n0} bytes from a, {traffic.FromSecond:n0} from b"
                + (parsed.GetValue(keep) ? "." : "; erased at both servers, and the ticket with them."));
            output.Tell(Ended.Now());
            return 0;
        });
        return command;
    }

    /// <summary>What is there of all rows, told row by row, and the first fault.</summary>
    private static async Task<(Predicted[] Predictions, Exception? Fault)> CollectAsync(OutsourcingClient client, InferencePlan plan, Ticket issued, bool wait,
        Terminals terminals, PartyOutput output, CancellationToken cancellation)
    {
        List<Predicted> predictions = [];
        Exception? first = null;
        using ProgressLine progress = new(terminals.Error);
        foreach (TicketQuery query in issued.Queries)
        {
            progress.Show($"row {query.Row}: {(wait ? "waiting for the answer" : "asking for the answer")}");
            try
            {
                FloatTensor[] answer = await client.CollectAsync(plan, issued.PlanHash, query, wait, cancellation);
                Predicted predicted = new(query.Row, [.. answer.SelectMany(tensor => tensor.Data)], TopOne.Of(plan, answer));
                predictions.Add(predicted);
                progress.Clear();
                output.Tell(predicted, $"row {query.Row}: {RunSummary.Name(predicted.Top1, [.. plan.Card.Classes])}");
            }
            catch (QueryFaultException fault) when (fault.Fault != QueryFault.Unreachable)
            {
                string hint = fault.Fault == QueryFault.NotReady ? " ('--wait' waits for it)" : "";
                first ??= new CommandException($"Row {query.Row} has no answer: {fault.Message}{hint}. The ticket is kept.");
            }
        }
        return ([.. predictions], first);
    }

    private static byte[] Json(InferencePlan plan, Predicted[] predictions) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        SchemaVersion = 1, plan.Model, plan.Deployment, plan.Comparison, Rows = predictions.Select(prediction => prediction.Row),
        Outputs = predictions.Select(prediction => prediction.Outputs), Top1 = predictions.Select(prediction => prediction.Top1),
    }, JsonReports.Format);
}
