using Blindsight.Hosting.Files;
using Blindsight.Transport.Tls;

namespace Blindsight.Cli.Files;

/// <summary>A folder of certificates: a development authority's, and in a folder of its own each party's.</summary>
internal sealed class PartyCertificates : IDisposable
{
    /// <summary>Names at which a party of this machine is dialled.</summary>
    public static readonly string[] ThisMachine = ["localhost", "127.0.0.1", "::1"];

    private const string AuthorityKey = "authority-key.pem";

    private readonly string _folder;
    private readonly DevelopmentAuthority _authority;

    private PartyCertificates(string folder, DevelopmentAuthority authority) => (_folder, _authority) = (folder, authority);

    /// <summary>Whether the authority was made now.</summary>
    public bool Fresh { get; private init; }

    /// <summary>Takes the folder's authority, or makes one.</summary>
    /// <exception cref="Arithmetic.ParameterException">The authority that is there cannot be used.</exception>
    public static PartyCertificates Open(string folder)
    {
        string certificate = Path.Combine(folder, TlsFiles.AuthorityName), key = Path.Combine(folder, AuthorityKey);
        if (File.Exists(certificate) && File.Exists(key))
            return new(folder, DevelopmentAuthority.Read(File.ReadAllText(certificate), File.ReadAllText(key)));
        DevelopmentAuthority made = DevelopmentAuthority.Create();
        PrivateFile.CreateFolder(folder);
        Write(certificate, made.Own.Certificate);
        Write(key, made.Own.Key);
        return new(folder, made) { Fresh = true };
    }

    /// <summary>Makes a party's certificate, or renews it: files are replaced whole, the key first.</summary>
    /// <returns>The party's folder.</returns>
    public string Issue(string party, IEnumerable<string> hosts, bool serves, TimeSpan validity)
    {
        string folder = Path.Combine(_folder, party);
        IssuedCertificate issued = _authority.Issue(party, hosts, serves, validity);
        PrivateFile.CreateFolder(folder);
        Write(Path.Combine(folder, TlsFiles.KeyName), issued.Key);
        Write(Path.Combine(folder, TlsFiles.CertificateName), issued.Certificate);
        Write(Path.Combine(folder, TlsFiles.AuthorityName), _authority.Certificate);
        return folder;
    }

    public void Dispose() => _authority.Dispose();

    private static void Write(string path, string text) => PrivateFile.Write(path, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(text)));
}
