using System.Net.WebSockets;
using Blindsight.Arithmetic;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Streams;
using Blindsight.Transport.Tcp;

namespace Blindsight;

/// <summary>Opens a client's connections to one server.</summary>
internal sealed class Connections
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly string _address;
    private readonly ClientOptions _options;
    private readonly ConnectionSecurity _security = ConnectionSecurity.Insecure;
    private readonly Func<CancellationToken, Task<Stream>>? _stream;

    /// <exception cref="ParameterException">The address is malformed, or nothing would protect what travels to it.</exception>
    public Connections(string address, ClientOptions options)
    {
        (_address, _options, _stream) = (address, options, options.Connection);
        if (_stream is not null) return;
        if (!address.Contains("://", StringComparison.Ordinal))
        {
            PartyAddress.Parse(address, _security = options.Security ?? throw new ParameterException(
                $"nothing protects the connection to {address}: choose ClientOptions.Tls(FOLDER), or ClientOptions.Insecure within this machine"));
            return;
        }
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("ws" or "wss"))
            throw new ParameterException($"'{address}' is neither HOST:PORT nor of the form wss://HOST/PATH");
        if (uri.Scheme == "ws" && !uri.IsLoopback)
            throw new ParameterException($"ws:// to '{uri.Host}' is refused, because it would travel unprotected: use wss://");
        _stream = cancellation => WebSocketAsync(uri, cancellation);
    }

    /// <summary>Connects, on the caller's thread.</summary>
    /// <exception cref="ProtocolException">Nobody answers.</exception>
    public FramedChannel Open(CancellationToken cancellation)
    {
        int timeoutMs = (int)Math.Clamp(_options.ConnectTimeout.TotalMilliseconds, 1, int.MaxValue);
        if (_stream is null) return TcpTransport.Connect(_address, _security, LinkProfile.None, timeoutMs, cancellation: cancellation);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(timeoutMs);
        try
        {
            return new FramedChannel(new StreamLink(_stream(patience.Token).GetAwaiter().GetResult()), null, cancellation);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new ProtocolException(PeerFault.TimedOut, $"connecting to {_address}", $"nobody answered within {timeoutMs} ms", late);
        }
        catch (Exception fault) when (fault is WebSocketException or IOException or System.Net.Sockets.SocketException)
        {
            throw new ProtocolException(PeerFault.Disconnected, $"connecting to {_address}", fault.Message, fault);
        }
    }

    private static async Task<Stream> WebSocketAsync(Uri uri, CancellationToken cancellation)
    {
        ClientWebSocket socket = new();
        try
        {
            await socket.ConnectAsync(uri, cancellation).ConfigureAwait(false);
            return WebSocketStream.Create(socket, WebSocketMessageType.Binary, CloseTimeout);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
