using Blindsight.Arithmetic;
using Blindsight.Transport;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Client;

/// <summary>A server's address for clients: https://HOST:PORT; without protection http://HOST:PORT, of this machine. The scheme may be left out.</summary>
public static class ServerAddress
{
    /// <exception cref="ParameterException">Not of that form, or not of this machine where nothing protects it.</exception>
    public static Uri Parse(string text, ConnectionSecurity security)
    {
        string scheme = security.Identity is null ? "http://" : "https://";
        string rest = text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? text[scheme.Length..].TrimEnd('/') : text;
        if (rest.Contains("://", StringComparison.Ordinal))
            throw new ParameterException($"'{text}' is not an address of the form {scheme}HOST:PORT, such as {scheme}127.0.0.1:7701");
        return new Uri($"{scheme}{PartyAddress.Parse(rest, security)}/");
    }
}
