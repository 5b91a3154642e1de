using System.CommandLine;
using Blindsight.Cli.Commands;
using Blindsight.Cli.Files;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Parties;

/// <summary>Options that the server's and the client's command share.</summary>
internal sealed class PartyOptions
{
    private const string ConfineName = "--confine", ConfinedName = "--confined";

    private readonly Option<string> _link = CommonOptions.Link();
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Option<bool> _confine = new(ConfineName)
    {
        Description = "Gives up every right to files except those named here (Linux with Landlock).",
    };
    private readonly Option<bool> _confined = new(ConfinedName) { Hidden = true };
    private readonly Option<bool> _events = new("--events") { Hidden = true };
    private readonly Option<string[]> _probe = new("--probe") { Hidden = true };

    private readonly SecurityOptions _security = new();

    public void AddTo(Command command)
    {
        _security.AddTo(command);
        foreach (Option option in (Option[])[_link, _threads, _confine, _confined, _events, _probe]) command.Options.Add(option);
    }

    public LinkProfile Link(ParseResult parsed) => LinkProfile.Named(parsed.GetRequiredValue(_link));

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads);

    /// <param name="standard">The folder of certificates to take where nothing is chosen.</param>
    public ConnectionSecurity Security(ParseResult parsed, Terminals terminals, string? standard = null) =>
        _security.Of(parsed, words => terminals.Error.WriteLine($"blindsight: {words}."), standard);

    /// <summary>Confines the process to its own files where asked to, then opens its output.</summary>
    /// <param name="card">A model card, which brings the file of class names along.</param>
    /// <param name="files">The party's other files; null where an option is absent.</param>
    public PartyOutput Enter(ParseResult parsed, Terminals terminals, string? card, params string?[] files)
    {
        if (parsed.GetValue(_confine) && !parsed.GetValue(_confined))
            Confinement.Restart([.. files.Concat(_security.Readable(parsed)).OfType<string>(), .. ModelFiles.CardFiles(card)],
                [.. Environment.GetCommandLineArgs()[1..], ConfinedName]);
        PartyOutput output = new(terminals, parsed.GetValue(_events));
        output.Probe(parsed.GetValue(_probe) ?? []);
        return output;
    }

    /// <summary>
    /// A token that is also cancelled when the process that started this party is gone, which its closed standard input
    /// shows.
    /// </summary>
    public CancellationToken Linked(ParseResult parsed, CancellationToken cancellation)
    {
        if (!parsed.GetValue(_events)) return cancellation;
        return ParentWatch.Start(cancellation);
    }
}
