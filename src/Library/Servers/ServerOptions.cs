using Blindsight.Inference.Sessions;
using Blindsight.Transport;
using Blindsight.Transport.Tls;

namespace Blindsight;

/// <summary>What a server may choose for itself. Immutable; thread-safe.</summary>
public sealed record ServerOptions
{
    /// <summary>The options that are used where none are given.</summary>
    public static ServerOptions Default { get; } = new();

    /// <summary>Plain TCP, between addresses of this machine alone: neither hidden nor authenticated.</summary>
    public static ServerOptions Insecure { get; } = new() { Security = ConnectionSecurity.Insecure };

    /// <summary>How TCP connections are protected; there is no default, so that nobody is unprotected without having said so.</summary>
    public ConnectionSecurity? Security { get; init; }

    /// <summary>Threads of one session; with 2 or more, here and at the client, large models use further connections beside the first.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Memory for transformed weights in bytes, for all sessions together; changes nothing but time.</summary>
    public long MemoryBytes { get; init; } = ServedModel.DefaultMemoryBytes;

    /// <summary>Rows that are accepted in one batch.</summary>
    public int MaximumRows { get; init; } = SessionOptions.Default.MaximumRows;

    /// <summary>Tensor elements, over all rows prepared for one client and unused, that the server holds material for: some 60 bytes each.</summary>
    public long MaximumPreparedElements { get; init; } = SessionOptions.Default.MaximumPreparedElements;

    /// <summary>Told of every session that ended well, on its thread. Holds nothing of inputs or results.</summary>
    public Action<SessionReport>? Served { get; init; }

    /// <summary>Told, in words for people, of every connection and session that failed, on any thread. Holds nothing of inputs or results.</summary>
    public Action<string>? Complained { get; init; }

    /// <summary>Mutual TLS 1.3 with the certificates of a folder, as 'blindsight certs' makes it. Renewed files are taken up without a restart.</summary>
    /// <exception cref="Arithmetic.ParameterException">A file is missing or none of what it should be.</exception>
    public static ServerOptions Tls(string folder) => new() { Security = ConnectionSecurity.Tls(TlsIdentity.Load(TlsFiles.In(folder))) };

    internal SessionOptions ForSession() => SessionOptions.Default with
    {
        Threads = Threads, MaximumRows = MaximumRows, MaximumPreparedElements = MaximumPreparedElements,
    };
}
