using System.Net;
using Blindsight.Arithmetic;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Client;

/// <summary>A server's address for clients: http://HOST:PORT or HOST:PORT, of this machine, as everything that plain TCP carries.</summary>
public static class ServerAddress
{
    private const string Scheme = "http://";

    /// <exception cref="ParameterException">Not of that form, or not of this machine.</exception>
    public static Uri Parse(string text)
    {
        string rest = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..].TrimEnd('/') : text;
        if (rest.Contains("://", StringComparison.Ordinal))
            throw new ParameterException($"'{text}' is not an address of the form {Scheme}HOST:PORT, such as {Scheme}127.0.0.1:7701");
        IPEndPoint endPoint = LoopbackAddress.Parse(rest);
        return new Uri($"{Scheme}{endPoint}/");
    }
}
