using System.CommandLine;
using Blindsight.Attestation;
using Blindsight.Attestation.Policies;
using Blindsight.Enclave.Identity;
using Blindsight.Hosting.Rooms.Owners;

namespace Blindsight.Cli.Parties;

/// <summary>Options by which an owner says what enclave it trusts. Without any, none.</summary>
internal sealed class AttestationOptions
{
    private readonly Option<bool> _simulated = new("--accept-simulated")
    {
        Description = "Takes an enclave without a TEE, whose evidence proves nothing, if it says that it runs the code that came with this program. "
            + "NOT ATTESTED: for trials.",
    };
    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "The attestation policy (JSON): measurements, firmware versions, and what else is demanded of SEV-SNP, TDX and SGX.", HelpName = "FILE",
    };
    private readonly Option<string?> _collateral = new("--collateral")
    {
        Description = "For TDX and SGX: what Intel publishes about the platform (JSON, as the dcap-qvl tools store it).", HelpName = "FILE",
    };
    private readonly Option<string?> _revocation = new("--revocation-list")
    {
        Description = "For SEV-SNP: AMD's list of revoked keys (DER).", HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_simulated, _policy, _collateral, _revocation]) command.Options.Add(option);
    }

    /// <exception cref="CommandException">A file that is named is not there.</exception>
    public AttestationTerms Terms(ParseResult parsed)
    {
        PolicyFile file = parsed.GetValue(_policy) is { } path ? PolicyFile.Read(path) : new();
        SimulatedPolicy? simulated = parsed.GetValue(_simulated) ? new() { Measurements = [CodeMeasurement.Own] } : null;
        return new(data => file.For(data) with { SimulatedNotAttested = simulated }, Content(parsed, _revocation), Content(parsed, _collateral));
    }

    /// <summary>The same options for another process of this program.</summary>
    /// <param name="simulated">Whether simulated evidence will do, asked for or not.</param>
    public IReadOnlyList<string> Arguments(ParseResult parsed, bool simulated) =>
    [
        .. simulated || parsed.GetValue(_simulated) ? [_simulated.Name] : (string[])[],
        .. new[] { _policy, _collateral, _revocation }.Where(option => parsed.GetValue(option) is not null)
            .SelectMany(option => new[] { option.Name, parsed.GetValue(option)! }),
    ];

    private static ReadOnlyMemory<byte> Content(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } path) return default;
        if (!File.Exists(path)) throw new CommandException($"There is no file at '{path}' for {option.Name}.");
        if (new FileInfo(path).Length > 2 * Collateral.PartBytesMax) throw new CommandException($"{path} is too long for {option.Name}.");
        return File.ReadAllBytes(path);
    }
}
