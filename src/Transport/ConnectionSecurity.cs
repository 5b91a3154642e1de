using Blindsight.Transport.Tls;

namespace Blindsight.Transport;

/// <summary>How a party's connections are protected: by mutual TLS 1.3, or not at all, which is for connections within one machine.</summary>
public sealed class ConnectionSecurity
{
    private ConnectionSecurity(TlsIdentity? identity) => Identity = identity;

    /// <summary>Plain TCP, between addresses of this machine alone. Neither hides nor authenticates anything.</summary>
    public static ConnectionSecurity Insecure { get; } = new(null);

    /// <summary>Mutual TLS 1.3 under this party's certificate.</summary>
    public static ConnectionSecurity Tls(TlsIdentity identity) => new(identity);

    /// <summary>This party's certificate and authority; null where nothing is protected.</summary>
    public TlsIdentity? Identity { get; }
}
