using Blindsight.Transport;
using Blindsight.Transport.Tls;

namespace Blindsight.Unit.Transport.Tls;

/// <summary>Certificates of one authority in a folder of a test's own.</summary>
public sealed class TlsFolder : IDisposable
{
    public static readonly string[] ThisMachine = ["localhost", "127.0.0.1"];

    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-tls-").FullName;

    public DevelopmentAuthority Authority { get; init; } = DevelopmentAuthority.Create();

    /// <summary>A party that was issued a certificate for this machine.</summary>
    public ConnectionSecurity Party(string name, string[]? hosts = null, bool serves = true, TimeSpan? validity = null, DateTimeOffset? now = null)
    {
        Write(name, Authority.Issue(name, hosts ?? ThisMachine, serves, validity ?? TimeSpan.FromDays(1), now));
        return ConnectionSecurity.Tls(TlsIdentity.Load(Files(name)));
    }

    public TlsFiles Files(string name) => TlsFiles.In(Path.Combine(_folder, name));

    public void Write(string name, IssuedCertificate issued)
    {
        TlsFiles files = Files(name);
        Directory.CreateDirectory(Path.Combine(_folder, name));
        File.WriteAllText(files.Certificate, issued.Certificate);
        File.WriteAllText(files.Key, issued.Key);
        File.WriteAllText(files.Authority, Authority.Certificate);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(files.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose()
    {
        Authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
