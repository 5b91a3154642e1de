using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Blindsight.Mpc.Channels;

namespace Blindsight.Transport.Tls;

/// <summary>What is to be thought of a peer's certificate.</summary>
/// <param name="Fault">Null where nothing is wrong.</param>
/// <param name="Peer">Who the peer is; null where something is wrong.</param>
public sealed record CertificateVerdict(PeerFault? Fault, string Reason, PeerIdentity? Peer)
{
    private const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain
        | X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.ExplicitDistrust;

    /// <summary>Of what the platform has found out in a handshake; anything that it has found wrong is a fault here.</summary>
    public static CertificateVerdict Of(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return Refused(PeerFault.NoCertificate, "a certificate is called for, and none was shown");
        X509ChainStatusFlags found = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        if ((found & Untrusted) != 0) return Refused(PeerFault.UnknownAuthority, "the certificate is not of this party's authority");
        if (found.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return Refused(PeerFault.ExpiredCertificate, "the certificate, or its authority's, is not valid yet or no longer");
        if (found != X509ChainStatusFlags.NoError || errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return Refused(PeerFault.WrongCertificate, $"the certificate cannot be used for this ({found})");
        if (errors != SslPolicyErrors.None) return Refused(PeerFault.WrongName, "the certificate is not for the address that was dialled");
        // The platform disposes of its own copy with the connection.
        return PeerIdentity.Of(X509CertificateLoader.LoadCertificate(certificate.GetRawCertData())) is { } peer ? new(null, "", peer)
            : Refused(PeerFault.WrongName, "the certificate names nobody");
    }

    /// <summary>Also refuses a genuine peer that may not play this part.</summary>
    public CertificateVerdict For(string? part) =>
        Peer is { } peer && part is not null && !peer.MayBe(part) ? Refused(PeerFault.WrongName, $"the certificate of {peer.Name} is not for {part}") : this;

    private static CertificateVerdict Refused(PeerFault fault, string reason) => new(fault, reason, null);
}
