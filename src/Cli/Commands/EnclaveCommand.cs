using System.CommandLine;
using Blindsight.Cli.Parties;

namespace Blindsight.Cli.Commands;

/// <summary>The enclave's process: replaces this one, which is much larger, by it.</summary>
internal static class EnclaveCommand
{
    private const int ResultsPerKey = 256, DecryptionsPerKey = 1 << 20;

    /// <summary>Of <see cref="Tee"/>.</summary>
    public const string Simulated = "simulated";

    public static Option<string> Tee() => CommonOptions.Choice("--tee",
        "Where the enclave's evidence comes from: auto is this machine's TEE (/sys/kernel/config/tsm/report); simulated runs without one, NOT ATTESTED.",
        "auto", Simulated);

    public static Command Create()
    {
        Option<string> socket = new("--socket") { Description = "The Unix domain socket to listen at, for the host.", HelpName = "SOCKET", Required = true };
        Option<string> state = new("--state") { Description = "A folder for what is sealed: identity and models.", HelpName = "FOLDER", Required = true };
        Option<string> tee = Tee();
        Option<int> results = CommonOptions.Positive("--results-per-key", "Results that are released before a data owner's keys are replaced.",
            ResultsPerKey, 1 << 20);
        Option<int> decryptions = CommonOptions.Positive("--decryptions-per-key", "Ciphertexts that are decrypted before a data owner's keys are replaced.",
            DecryptionsPerKey, 1 << 30);
        Option<bool> events = new("--events") { Hidden = true };
        TaughtCommand command = new("enclave",
            "Runs the small process that holds keys and decrypts: a program of its own (blindsight-enclave), which replaces this one. It "
            + "listens to the host only.",
            "blindsight enclave --socket room/socket --state room --tee simulated")
        { socket, state, tee, results, decryptions, events };
        command.SetAction(parsed =>
        {
            ProcessReplacement.By(
            [
                .. ThisProgram.Enclave, "--socket", parsed.GetRequiredValue(socket), "--state", parsed.GetRequiredValue(state),
                "--tee", parsed.GetRequiredValue(tee),
                "--results-per-key", $"{parsed.GetValue(results)}", "--decryptions-per-key", $"{parsed.GetValue(decryptions)}",
                .. parsed.GetValue(events) ? ["--events"] : (string[])[],
            ]);
            return CommandLine.Failed;
        });
        return command;
    }
}
