using System.CommandLine;
using Blindsight.Transport;

namespace Blindsight.Cli.Parties;

/// <summary>What the roles of the deployment two-servers share: how connections are protected, and the hidden options by which 'run' starts a role.</summary>
internal sealed class HostOptions
{
    private readonly Option<bool> _events = new("--events") { Hidden = true };

    private readonly SecurityOptions _security = new();

    public void AddTo(Command command)
    {
        _security.AddTo(command);
        command.Options.Add(_events);
    }

    public ConnectionSecurity Security(ParseResult parsed, Terminals terminals) =>
        _security.Of(parsed, words => terminals.Error.WriteLine($"blindsight: {words}."));

    public PartyOutput Open(ParseResult parsed, Terminals terminals) => new(terminals, parsed.GetValue(_events));

    /// <summary>A token that is cancelled by the user, or when the process that started this one asks it to end.</summary>
    /// <param name="line">Called for each line that process sends.</param>
    public CancellationToken Linked(ParseResult parsed, CancellationToken cancellation, Action? line = null) =>
        parsed.GetValue(_events) ? ParentWatch.Start(cancellation, line) : cancellation;
}
