using System.Globalization;
using System.Net;
using Blindsight.Arithmetic;

namespace Blindsight.Transport.Tcp;

/// <summary>
/// A HOST:PORT. Plain TCP neither hides nor authenticates what it carries, so without TLS only addresses of this machine are accepted; names are not looked
/// up for that, because a resolver could answer with another machine.
/// </summary>
/// <param name="Host">A name, or an address without brackets.</param>
public sealed record PartyAddress(string Host, int Port)
{
    private const string LocalName = "localhost";

    /// <summary>The address, where the host is one; localhost is 127.0.0.1.</summary>
    private IPAddress? Address => Host.Equals(LocalName, StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : IPAddress.TryParse(Host, out IPAddress? address) ? address : null;

    /// <summary>Reads HOST:PORT; an address of IP version 6 stands in brackets.</summary>
    /// <exception cref="ParameterException">Not of that form, or not of this machine where nothing protects it.</exception>
    public static PartyAddress Parse(string text, ConnectionSecurity security)
    {
        int colon = text.LastIndexOf(':');
        string host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            || Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6))
            throw new ParameterException($"'{text}' is not an address of the form HOST:PORT, such as 127.0.0.1:7766.");
        PartyAddress parsed = new(host, port);
        if (security.Identity is null && !(parsed.Address is { } address && IPAddress.IsLoopback(address)))
            throw new ParameterException($"Plain TCP to '{host}' is refused, because it would travel unprotected: "
                + "name this party's certificates (--tls), or use an address of this machine (127.0.0.1, [::1] or localhost).");
        return parsed;
    }

    /// <summary>Where to listen; port 0 lets the system choose.</summary>
    /// <exception cref="ParameterException">The host is a name.</exception>
    public IPEndPoint ToListen() => new(Address
        ?? throw new ParameterException($"'{Host}' is a name; to listen takes an address, such as 127.0.0.1, or 0.0.0.0 for all of this machine's."), Port);

    /// <summary>Where to connect.</summary>
    public EndPoint ToConnect() => Address is { } address ? new IPEndPoint(address, Port) : new DnsEndPoint(Host, Port);

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
