using System.Globalization;
using System.Net;
using Blindsight.Arithmetic;

namespace Blindsight.Transport.Tcp;

/// <summary>
/// A HOST:PORT that plain TCP may use. Plain TCP neither hides nor authenticates what it carries, so only addresses of this
/// machine are accepted; names are not looked up, because a resolver could answer with another machine.
/// </summary>
public static class LoopbackAddress
{
    /// <summary>Reads 127.x.y.z:PORT, [::1]:PORT or localhost:PORT; port 0 lets the system choose when listening.</summary>
    /// <exception cref="ParameterException">Not of that form, or not a loopback address.</exception>
    public static IPEndPoint Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw new ParameterException($"'{text}' is not an address of the form HOST:PORT, such as 127.0.0.1:7766.");
        string host = text[..colon];
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return new IPEndPoint(IPAddress.Loopback, port);
        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address))
            return new IPEndPoint(address, port);
        throw new ParameterException(
            $"Plain TCP to '{host}' is refused, because it would travel unprotected: "
            + "use an address of this machine (127.0.0.1, [::1] or localhost).");
    }
}
