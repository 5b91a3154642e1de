using System.CommandLine;

namespace Blindsight.Cli.Parties;

/// <summary>The hidden options by which 'run' starts a role of the deployment two-servers.</summary>
internal sealed class HostOptions
{
    private readonly Option<bool> _events = new("--events") { Hidden = true };

    public void AddTo(Command command) => command.Options.Add(_events);

    public PartyOutput Open(ParseResult parsed, Terminals terminals) => new(terminals, parsed.GetValue(_events));

    /// <summary>A token that is cancelled by the user, or when the process that started this one asks it to end.</summary>
    /// <param name="line">Called for each line that process sends.</param>
    public CancellationToken Linked(ParseResult parsed, CancellationToken cancellation, Action? line = null) =>
        parsed.GetValue(_events) ? ParentWatch.Start(cancellation, line) : cancellation;
}
