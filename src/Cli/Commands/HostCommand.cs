using System.CommandLine;
using Blindsight.Cli.Parties;
using Blindsight.Hosting.Rooms;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Commands;

/// <summary>The untrusted part beside an enclave.</summary>
internal static class HostCommand
{
    public static Command Create(Terminals terminals, CancellationToken cancellation)
    {
        Option<string> enclave = new("--enclave") { Description = "The enclave's socket.", HelpName = "SOCKET", Required = true };
        Option<string> listen = new("--listen")
        {
            Description = "Where to wait for model owners and data owners; 0.0.0.0 is every address of this machine.", HelpName = "HOST:PORT",
            DefaultValueFactory = _ => "127.0.0.1:7710",
        };
        Option<string> state = new("--state") { Description = "A folder for models' programs.", HelpName = "FOLDER", Required = true };
        Option<string> link = CommonOptions.Link();
        Option<int> threads = CommonOptions.Threads();
        threads.Description = "Threads of an evaluation.";
        HostOptions options = new();
        TaughtCommand command = new("host",
            "Evaluates networks on ciphertexts beside an enclave, and hands owners' sealed records on to it. It sees no input and no result.",
            "blindsight host --enclave room/socket --state host --listen 127.0.0.1:7710 --tls tls/server")
        { enclave, listen, state, link, threads };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            using PartyOutput output = options.Open(parsed, terminals);
            using EnclaveHost host = new(parsed.GetRequiredValue(enclave), parsed.GetRequiredValue(listen),
                options.Security(parsed, terminals), parsed.GetRequiredValue(state),
                LinkProfile.Named(parsed.GetRequiredValue(link)), parsed.GetValue(threads), words => terminals.Error.WriteLine($"blindsight: {words}."));
            host.Ran += run => output.Tell(new HostRan(run.Images, run.Seconds, run.KeySeconds, run.KeyBytes, run.Fault?.ToString()),
                run.Fault is { } fault ? $"{run.Model}: failed, {fault}" : run.Images == 0
                    ? $"{run.Model}: keys and weights of a context, {run.KeyBytes:n0} bytes, {run.Seconds:f2} s"
                    : $"{run.Model}: {run.Images} images, {run.Seconds:f3} s");
            CancellationToken linked = options.Linked(parsed, cancellation);
            output.Tell(new Listening(host.Address), $"Hosting at {host.Address}; Ctrl-C ends.");
            try
            {
                host.Run(linked);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                output.Tell(Ended.Now());
            }
            return 0;
        });
        return command;
    }
}
