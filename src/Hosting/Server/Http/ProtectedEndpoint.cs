using System.Net.Security;
using Blindsight.Transport;
using Blindsight.Transport.Tls;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Blindsight.Hosting.Server.Http;

/// <summary>An HTTP endpoint's protection: the same TLS as on every other connection, with the certificate that is current at each handshake.</summary>
internal static class ProtectedEndpoint
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <param name="openToAll">Whether a client may show no certificate. One that is shown must be good in any case.</param>
    public static void Configure(ListenOptions endpoint, ConnectionSecurity security, bool openToAll)
    {
        endpoint.Protocols = HttpProtocols.Http1;
        if (security.Identity is not { } identity) return;
        endpoint.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = _ => ValueTask.FromResult(identity.ForServer((_, certificate, chain, errors) =>
                certificate is null ? openToAll : CertificateVerdict.Of(certificate, chain, errors).Fault is null)),
        });
    }
}
