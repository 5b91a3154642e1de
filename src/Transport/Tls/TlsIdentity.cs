using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Blindsight.Arithmetic;

namespace Blindsight.Transport.Tls;

/// <summary>
/// A party's certificate and key, and the authority that it accepts its peers' certificates from. Files that change are read again before the next
/// handshake, so that certificates are renewed without a restart; connections that stand are not touched. Thread-safe.
/// </summary>
public sealed class TlsIdentity
{
    /// <summary>What both ends must name, so that a connection that was meant for another protocol does not become one of this.</summary>
    internal static readonly SslApplicationProtocol Protocol = new("blindsight/1");

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1", ClientUsage = "1.3.6.1.5.5.7.3.2";
    private const UnixFileMode OthersMode = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly TlsFiles _files;
    private readonly Lock _gate = new();
    private (DateTime, long, DateTime, long, DateTime, long) _stamp;
    private Material _material;

    private TlsIdentity(TlsFiles files)
    {
        (_files, _stamp) = (files, files.Stamp());
        _material = Read(files);
    }

    /// <summary>Told when files that changed could not be taken up; what was there before stays in use.</summary>
    public event Action<string>? Complained;

    /// <summary>This party's own name, by its certificate.</summary>
    public string Name => Current.Own.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    /// <summary>When its certificate expires.</summary>
    public DateTime NotAfter => Current.Own.NotAfter;

    private Material Current
    {
        get
        {
            lock (_gate)
            {
                var stamp = _files.Stamp();
                if (stamp == _stamp) return _material;
                // Remembered also where reading fails: files that were written half are read again once the other half is there.
                _stamp = stamp;
                try
                {
                    _material = Read(_files);
                }
                catch (ParameterException fault)
                {
                    Complained?.Invoke(fault.Message);
                }
                return _material;
            }
        }
    }

    /// <exception cref="ParameterException">A file is missing, none of what it should be, or the key is not the certificate's, or readable by all.</exception>
    public static TlsIdentity Load(TlsFiles files) => new(files);

    /// <summary>What a server says in a handshake. Asks for the client's certificate.</summary>
    /// <param name="check">Decides on the certificate.</param>
    public SslServerAuthenticationOptions ForServer(RemoteCertificateValidationCallback check)
    {
        Material material = Current;
        return new()
        {
            ServerCertificateContext = material.Context, ClientCertificateRequired = true, EnabledSslProtocols = SslProtocols.Tls13,
            AllowTlsResume = false, AllowRenegotiation = false, CertificateChainPolicy = Policy(material, ClientUsage),
            RemoteCertificateValidationCallback = check, CipherSuitesPolicy = Ciphers(),
        };
    }

    /// <summary>What a client says in a handshake.</summary>
    /// <param name="check">Decides on the certificate, of which the platform has checked the host's name.</param>
    public SslClientAuthenticationOptions ForClient(string host, RemoteCertificateValidationCallback check)
    {
        Material material = Current;
        return new()
        {
            TargetHost = host, ClientCertificateContext = material.Context, EnabledSslProtocols = SslProtocols.Tls13, AllowTlsResume = false,
            AllowRenegotiation = false, CertificateChainPolicy = Policy(material, ServerUsage),
            RemoteCertificateValidationCallback = check, CipherSuitesPolicy = Ciphers(),
        };
    }

    /// <summary>Only this party's authority counts, and nothing is fetched from anywhere: a certificate says where, and its owner is a stranger.</summary>
    private static X509ChainPolicy Policy(Material material, string usage)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(material.Authority);
        policy.ApplicationPolicy.Add(new Oid(usage));
        return policy;
    }

    /// <summary>AES-128 first: it is the level that everything else here has, and takes a quarter less time than AES-256.</summary>
    private static CipherSuitesPolicy? Ciphers() => OperatingSystem.IsLinux()
        ? new([TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256]) : null;

    private static Material Read(TlsFiles files)
    {
        foreach (string path in new[] { files.Certificate, files.Key, files.Authority })
            if (!File.Exists(path)) throw new ParameterException($"there is no file '{path}'; 'blindsight certs' makes certificates");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(files.Key) & OthersMode) != 0)
            throw new ParameterException($"every user of this machine can read the private key '{files.Key}': give it mode 600");
        try
        {
            using X509Certificate2 ephemeral = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            X509Certificate2 own = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
            X509Certificate2Collection chain = [], authority = [];
            chain.ImportFromPemFile(files.Certificate);
            authority.ImportFromPemFile(files.Authority);
            if (authority.Count == 0) throw new ParameterException($"'{files.Authority}' holds no certificate in PEM");
            return new(own, SslStreamCertificateContext.Create(own, chain, offline: true), authority);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new ParameterException(
                $"'{files.Certificate}', '{files.Key}' and '{files.Authority}' are no certificate, its key and an authority: {fault.Message}");
        }
    }

    private sealed record Material(X509Certificate2 Own, SslStreamCertificateContext Context, X509Certificate2Collection Authority);
}
