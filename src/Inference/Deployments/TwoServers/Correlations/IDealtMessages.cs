using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>A dealer's messages for one query, in order: as they arrive, or as they were kept.</summary>
internal interface IDealtMessages : IDisposable
{
    /// <summary>The next message, which must carry the tag and exactly fill the destination.</summary>
    /// <exception cref="ProtocolException">It does not.</exception>
    void Receive(ushort tag, Span<byte> destination);
}

/// <summary>Messages from a dealer's channel, which stays open for the next query.</summary>
internal sealed class ChannelMessages(IChannel dealer) : IDealtMessages
{
    public void Receive(ushort tag, Span<byte> destination) => dealer.Receive(tag, destination);

    public void Dispose()
    {
        // The channel belongs to the server.
    }
}
