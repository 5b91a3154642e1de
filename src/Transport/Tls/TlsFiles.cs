namespace Blindsight.Transport.Tls;

/// <summary>Where a party's certificate, its private key, and the certificates of the authority lie, in PEM.</summary>
/// <param name="Certificate">The party's certificate first, then those between it and the authority.</param>
/// <param name="Key">Must not be readable by every user of the machine.</param>
public sealed record TlsFiles(string Certificate, string Key, string Authority)
{
    public const string CertificateName = "certificate.pem", KeyName = "key.pem", AuthorityName = "authority.pem";

    /// <summary>A folder that holds them under their usual names.</summary>
    public static TlsFiles In(string folder) =>
        new(Path.Combine(folder, CertificateName), Path.Combine(folder, KeyName), Path.Combine(folder, AuthorityName));

    /// <summary>What changes when one of the files does.</summary>
    internal (DateTime, long, DateTime, long, DateTime, long) Stamp()
    {
        (DateTime Time, long Length) Of(string path)
        {
            FileInfo file = new(path);
            return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
        }
        (DateTime Time, long Length) certificate = Of(Certificate), key = Of(Key), authority = Of(Authority);
        return (certificate.Time, certificate.Length, key.Time, key.Length, authority.Time, authority.Length);
    }
}
