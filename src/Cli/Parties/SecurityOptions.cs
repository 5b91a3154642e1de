using System.CommandLine;
using Blindsight.Transport;
using Blindsight.Transport.Tls;

namespace Blindsight.Cli.Parties;

/// <summary>The options that say how a party's connections are protected; one of the ways has to be chosen.</summary>
internal sealed class SecurityOptions
{
    private readonly Option<string?> _folder = new("--tls")
    {
        Description = "This party's folder of certificates, as 'blindsight certs' makes it: certificate.pem, key.pem and authority.pem.", HelpName = "FOLDER",
    };
    private readonly Option<string?> _certificate = File("--certificate", "This party's certificate, in PEM, and those between it and the authority."),
        _key = File("--key", "Its private key, in PEM."), _authority = File("--authority", "Certificates of the authority that peers' certificates are of.");
    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "Plain TCP instead of TLS: neither hidden nor authenticated, and only between addresses of this machine.",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_folder, _certificate, _key, _authority, _insecure]) command.Options.Add(option);
    }

    /// <summary>What was chosen.</summary>
    /// <param name="complain">Told when renewed certificates cannot be used.</param>
    /// <param name="standard">The folder to take where nothing is chosen.</param>
    /// <exception cref="CommandException">Nothing was chosen, or several ways at once.</exception>
    public ConnectionSecurity Of(ParseResult parsed, Action<string> complain, string? standard = null)
    {
        string? folder = parsed.GetValue(_folder);
        string?[] files = Files(parsed);
        bool named = files.Any(file => file is not null), insecure = parsed.GetValue(_insecure);
        if ((folder is not null ? 1 : 0) + (named ? 1 : 0) + (insecure ? 1 : 0) > 1)
            throw new CommandException("Choose one of --tls, of --certificate with --key and --authority, and of --insecure.");
        if (insecure) return ConnectionSecurity.Insecure;
        if (named && files.Any(file => file is null)) throw new CommandException("--certificate, --key and --authority go together.");
        if (!named) folder ??= standard;
        if (folder is null && !named)
            throw new CommandException("Connections are protected by TLS: name this party's certificates by --tls FOLDER ('blindsight certs --out tls' makes "
                + "them for every party), or choose --insecure, plain TCP within this machine.");
        TlsIdentity identity = TlsIdentity.Load(folder is null ? new(files[0]!, files[1]!, files[2]!) : TlsFiles.In(folder));
        identity.Complained += words => complain($"The renewed certificate is not used, the one before is: {words}");
        return ConnectionSecurity.Tls(identity);
    }

    /// <summary>What a confined party must be able to read, renewed files included where they are in a folder.</summary>
    public IEnumerable<string?> Readable(ParseResult parsed) => [parsed.GetValue(_folder), .. Files(parsed)];

    private string?[] Files(ParseResult parsed) => [parsed.GetValue(_certificate), parsed.GetValue(_key), parsed.GetValue(_authority)];

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };
}
