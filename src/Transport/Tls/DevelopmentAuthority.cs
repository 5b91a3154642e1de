using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Blindsight.Arithmetic;

namespace Blindsight.Transport.Tls;

/// <summary>A certificate and its private key, in PEM.</summary>
/// <param name="Key">PKCS #8, unencrypted: for a file that its owner alone can read.</param>
public sealed record IssuedCertificate(string Certificate, string Key);

/// <summary>
/// An authority for development and for parties that one person runs: whoever has its key can be any party. Keys are ECDSA on P-256 with SHA-256.
/// </summary>
public sealed class DevelopmentAuthority : IDisposable
{
    private const string CommonName = "Blindsight development authority";
    private const int SerialBytes = 16, AuthorityDays = 3650;
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);
    private static readonly Oid ServerUsage = new("1.3.6.1.5.5.7.3.1"), ClientUsage = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 _certificate;

    private DevelopmentAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>The authority's certificate in PEM, which every party has to know.</summary>
    public string Certificate => _certificate.ExportCertificatePem();

    /// <summary>Certificate and key, to be kept.</summary>
    public IssuedCertificate Own
    {
        get
        {
            using ECDsa key = _certificate.GetECDsaPrivateKey()!;
            return new(Certificate, key.ExportPkcs8PrivateKeyPem());
        }
    }

    /// <summary>A new authority, valid for ten years.</summary>
    public static DevelopmentAuthority Create(DateTimeOffset? now = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={CommonName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        DateTimeOffset from = (now ?? DateTimeOffset.UtcNow) - ClockSkew;
        return new(request.CreateSelfSigned(from, from.AddDays(AuthorityDays)));
    }

    /// <summary>An authority that was kept.</summary>
    /// <exception cref="ParameterException">These are no certificate of an authority and its key.</exception>
    public static DevelopmentAuthority Read(string certificatePem, string keyPem)
    {
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)
                && certificate.GetECDsaPublicKey() is not null) return new(certificate);
            throw new ParameterException("the certificate is not an authority's");
        }
        catch (CryptographicException fault)
        {
            throw new ParameterException($"the authority's certificate and key cannot be used: {fault.Message}");
        }
    }

    /// <summary>A certificate for a party.</summary>
    /// <param name="name">What others know the party by, and the part that it may play: its common name, and one of its DNS names.</param>
    /// <param name="hosts">Names and addresses at which it is dialled.</param>
    /// <param name="serves">Whether others may dial it; else it is a client and nothing more.</param>
    /// <param name="validity">At most until the authority's own end.</param>
    /// <exception cref="ParameterException">A name is none.</exception>
    public IssuedCertificate Issue(string name, IEnumerable<string> hosts, bool serves, TimeSpan validity, DateTimeOffset? now = null)
    {
        if (Uri.CheckHostName(name) != UriHostNameType.Dns || name.Length > 64)
            throw new ParameterException($"'{name}' cannot name a party: a name has letters, digits, dots and hyphens, 64 at most");
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts.Append(name).Distinct(StringComparer.OrdinalIgnoreCase)) Add(names, host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(serves ? [ServerUsage, ClientUsage] : [ClientUsage], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        DateTimeOffset from = (now ?? DateTimeOffset.UtcNow) - ClockSkew, end = from + validity;
        // Never before the authority began nor after it ends, which the platform refuses to sign.
        DateTimeOffset begin = from < _certificate.NotBefore ? _certificate.NotBefore : from;
        if (end > _certificate.NotAfter) end = _certificate.NotAfter;
        using X509Certificate2 issued = request.Create(_certificate, begin, end, RandomNumberGenerator.GetBytes(SerialBytes));
        return new(issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _certificate.Dispose();

    private static void Add(SubjectAlternativeNameBuilder names, string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address)) names.AddIpAddress(address);
        else if (Uri.CheckHostName(host) == UriHostNameType.Dns) names.AddDnsName(host);
        else throw new ParameterException($"'{host}' is neither a host's name nor an address");
    }
}
