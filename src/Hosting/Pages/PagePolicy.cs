using Microsoft.AspNetCore.Http;

namespace Blindsight.Hosting.Pages;

/// <summary>What the web page may do in a browser: run its own files, and talk to the two servers.</summary>
internal static class PagePolicy
{
    /// <summary>Sets the headers of an answer that holds a file of the page.</summary>
    /// <param name="peer">Where the other server says that it waits for clients; null where it was not reached.</param>
    public static void Apply(IHeaderDictionary headers, string? peer)
    {
        headers.ContentSecurityPolicy = ContentSecurity(peer);
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers["Referrer-Policy"] = "no-referrer";
    }

    /// <summary>The content security policy: no inline script or style, nothing from elsewhere, connections to both servers alone.</summary>
    public static string ContentSecurity(string? peer) =>
        $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{Origin(peer)}; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Scheme, host and port alone: the other server wrote the address, and must not write a policy.</summary>
    private static string Origin(string? peer) =>
        Uri.TryCreate(peer, UriKind.Absolute, out Uri? address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && Uri.CheckHostName(address.DnsSafeHost) is UriHostNameType.IPv4 or UriHostNameType.IPv6 or UriHostNameType.Dns
            ? $" {address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}" : "";
}
