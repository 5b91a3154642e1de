using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Blindsight.Mpc.Channels;

namespace Blindsight.Transport.Tls;

/// <summary>Makes a protected link of a connected socket. Synchronous, and bounded in time as a whole, however slowly the peer drips.</summary>
internal static class TlsHandshake
{
    /// <summary>
    /// The server's end. A client whose certificate is refused completes its handshake all the same, so that it can be told why; the verdict must be
    /// looked at before anything is read from the link.
    /// </summary>
    /// <exception cref="ProtocolException">No handshake came about.</exception>
    public static (TlsLink Link, CertificateVerdict Verdict) Accept(Socket socket, TlsIdentity identity, int timeoutMs)
    {
        CertificateVerdict? verdict = null;
        SslStream stream = Protect(socket, "a client's handshake", timeoutMs, tls =>
        {
            SslServerAuthenticationOptions options = identity.ForServer((_, certificate, chain, errors) =>
            {
                verdict = CertificateVerdict.Of(certificate, chain, errors);
                return true;
            });
            options.ApplicationProtocols = [TlsIdentity.Protocol];
            tls.AuthenticateAsServer(options);
        });
        return (new TlsLink(socket, stream), verdict ?? CertificateVerdict.Of(null, null, SslPolicyErrors.RemoteCertificateNotAvailable));
    }

    /// <summary>The client's end: nothing is said to a server that is not the one that was dialled.</summary>
    /// <param name="host">The name or address that was dialled, which must be in the server's certificate.</param>
    /// <param name="part">What the server must be allowed to be besides, or null.</param>
    /// <exception cref="ProtocolException">No handshake came about, or the server is another.</exception>
    public static TlsLink Connect(Socket socket, string host, string? part, TlsIdentity identity, int timeoutMs)
    {
        CertificateVerdict? verdict = null;
        string step = $"the handshake with {host}";
        try
        {
            return new TlsLink(socket, Protect(socket, step, timeoutMs, tls =>
            {
                SslClientAuthenticationOptions options = identity.ForClient(host, (_, certificate, chain, errors) =>
                {
                    verdict = CertificateVerdict.Of(certificate, chain, errors).For(part);
                    return verdict.Fault is null;
                });
                options.ApplicationProtocols = [TlsIdentity.Protocol];
                tls.AuthenticateAsClient(options);
            }));
        }
        catch (ProtocolException fault) when (verdict?.Fault is { } named)
        {
            throw new ProtocolException(named, step, verdict.Reason, fault);
        }
    }

    private static SslStream Protect(Socket socket, string step, int timeoutMs, Action<SslStream> shake)
    {
        SslStream stream = new(new NetworkStream(socket, ownsSocket: false), leaveInnerStreamOpen: false);
        using CancellationTokenSource patience = new(timeoutMs);
        using (patience.Token.UnsafeRegister(_ => TlsLink.Shutdown(socket), null))
        {
            try
            {
                shake(stream);
                if (stream.NegotiatedApplicationProtocol == TlsIdentity.Protocol) return stream;
                throw new AuthenticationException("the peer speaks another protocol");
            }
            catch (Exception fault) when (fault is AuthenticationException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                stream.Dispose();
                if (patience.IsCancellationRequested)
                    throw new ProtocolException(PeerFault.TimedOut, step, $"it did not end within {timeoutMs} ms", fault);
                if (fault is IOException) throw new ProtocolException(PeerFault.Disconnected, step, "the connection was closed", fault);
                throw new ProtocolException(
                    PeerFault.HandshakeFailed, step, $"no connection by TLS 1.3 came about ({(fault.InnerException ?? fault).Message})", fault);
            }
        }
    }
}
