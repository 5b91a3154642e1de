using Blindsight.Cli.Files;
using Blindsight.Transport;
using Blindsight.Transport.Tls;

namespace Blindsight.Cli.Parties;

/// <summary>
/// How the parties of one run on this machine protect their connections: by an authority that lives as long as the run, or not at all. Each party is
/// given the folder of its own certificate and no other.
/// </summary>
internal sealed class RunSecurity : IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(2);

    private readonly TemporaryFolder? _folder;
    private readonly PartyCertificates? _certificates;

    public RunSecurity(bool insecure)
    {
        if (insecure) return;
        _folder = new();
        _certificates = PartyCertificates.Open(Path.Combine(_folder.Path, "tls"));
    }

    /// <summary>The options of a party that others connect to.</summary>
    public string[] Server(string name) => Options(name, serves: true);

    /// <summary>The options of a party that only connects.</summary>
    public string[] Client(string name) => Options(name, serves: false);

    /// <summary>A client that is part of this process.</summary>
    public ConnectionSecurity InProcess(string name) =>
        Client(name) is [_, string folder] ? ConnectionSecurity.Tls(TlsIdentity.Load(TlsFiles.In(folder))) : ConnectionSecurity.Insecure;

    public void Dispose()
    {
        _certificates?.Dispose();
        _folder?.Dispose();
    }

    private string[] Options(string name, bool serves) => _certificates is null ? ["--insecure"]
        : ["--tls", _certificates.Issue(name, serves ? PartyCertificates.ThisMachine : [], serves, Validity)];
}
