using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;
using Blindsight.Transport;
using Blindsight.Transport.Tls;

namespace Blindsight;

/// <summary>What a client may choose for itself. Immutable; thread-safe.</summary>
public sealed record ClientOptions
{
    /// <summary>The options that are used where none are given.</summary>
    public static ClientOptions Default { get; } = new();

    /// <summary>Plain TCP, between addresses of this machine alone: neither hidden nor authenticated.</summary>
    public static ClientOptions Insecure { get; } = new() { Security = ConnectionSecurity.Insecure };

    /// <summary>How TCP connections are protected; there is no default, so that nobody is unprotected without having said so. WebSockets need none.</summary>
    public ConnectionSecurity? Security { get; init; }

    /// <summary>The plan that the client insists on; null takes the server's.</summary>
    public InferencePlan? Expected { get; init; }

    /// <summary>Threads; with 2 or more, here and at the server, large models use further connections beside the first.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How long to wait for a server that does not listen yet.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Opens a connection to the server some other way than by its address: a duplex stream that two threads may use at once, one reading, one writing.
    /// It must hide and authenticate what it carries. The client closes it.
    /// </summary>
    public Func<CancellationToken, Task<Stream>>? Connection { get; init; }

    /// <summary>Mutual TLS 1.3 with the certificates of a folder, as 'blindsight certs' makes it. Renewed files are taken up by later connections.</summary>
    /// <exception cref="Arithmetic.ParameterException">A file is missing or none of what it should be.</exception>
    public static ClientOptions Tls(string folder) => new() { Security = ConnectionSecurity.Tls(TlsIdentity.Load(TlsFiles.In(folder))) };

    internal SessionOptions ForSession() => SessionOptions.Default with { Threads = Threads };
}
