using System.CommandLine;
using Blindsight.Cli.Files;
using Blindsight.Cli.Parties;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Dealing;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Commands;

/// <summary>The dealer's process.</summary>
internal static class DealerCommand
{
    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Option<string> plan = new("--plan") { Description = "The plan that both servers run; it holds no weight.", HelpName = "PLAN", Required = true };
        Option<string> listen = new("--listen")
        {
            Description = "Where to wait for the servers; 0.0.0.0 is every address of this machine.",
            HelpName = "HOST:PORT", DefaultValueFactory = _ => "127.0.0.1:7700",
        };
        Option<string> link = CommonOptions.Link();
        Option<int?> queries = new("--queries") { Hidden = true };
        HostOptions options = new();
        TaughtCommand command = new("dealer",
            "Deals correlations to two servers as they ask. It sees no share and no opening; it must not collude with either server.",
            "blindsight dealer --plan model.plan --listen 127.0.0.1:7700 --tls tls/dealer")
        { plan, listen, link, queries };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            using PartyOutput output = options.Open(parsed, terminals);
            InferencePlan shared = ModelFiles.Plan(parsed.GetRequiredValue(plan));
            using DealerHost dealer = new(shared, parsed.GetRequiredValue(listen), options.Security(parsed, terminals),
                LinkProfile.Named(parsed.GetRequiredValue(link)), parsed.GetValue(queries));
            double warmupSeconds = TwoServersTrial.WarmUp(shared.Comparison);
            dealer.Dealt += dealt => output.Tell(new Dealt(dealt.Number, dealt.Seconds, dealt.FirstBytes, dealt.SecondBytes),
                $"query {dealt.Number}: {dealt.FirstBytes:n0} bytes to a, {dealt.SecondBytes:n0} to b, {dealt.Seconds * 1e3:f1} ms");
            dealer.Complained += words => terminals.Error.WriteLine($"blindsight: {words}.");
            CancellationToken linked = options.Linked(parsed, cancellation);
            output.Tell(new Listening(dealer.Address), $"Dealing at {dealer.Address}; {ByteSize.Text(dealer.BytesOfQuery)} a query; Ctrl-C ends.");
            try
            {
                dealer.Run(linked);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                output.Tell(Ended.Now(warmupSeconds));
            }
            return 0;
        });
        return command;
    }
}
