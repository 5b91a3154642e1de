using System.Security.Cryptography.X509Certificates;

namespace Blindsight.Transport.Tls;

/// <summary>Who is at the other end of a connection, as its certificate says and the authority vouches for.</summary>
public sealed class PeerIdentity
{
    private const string LocalName = "local";
    private const int NameCharactersMax = 64;

    private readonly X509Certificate2? _certificate;

    private PeerIdentity(string name, X509Certificate2? certificate) => (Name, _certificate) = (name, certificate);

    /// <summary>Whoever connects over plain TCP: some program of this machine, which may play any part.</summary>
    public static PeerIdentity Local { get; } = new(LocalName, null);

    /// <summary>The certificate's common name; policies and logs know a peer by it, and it outlives the certificate's renewal.</summary>
    public string Name { get; }

    /// <summary>Whether the peer may play this part: whether the certificate bears it among its DNS names.</summary>
    public bool MayBe(string part) =>
        _certificate is null || _certificate.MatchesHostname(part, allowWildcards: false, allowCommonName: false);

    /// <returns>Null where the certificate names nobody, or has a name that a log could not hold.</returns>
    public static PeerIdentity? Of(X509Certificate2 certificate)
    {
        string name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return name.Length is > 0 and <= NameCharactersMax && name.All(letter => letter is > ' ' and < (char)127) ? new(name, certificate) : null;
    }
}
