using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>
/// A channel to nobody: what is sent is dropped, what is received is zero. A party that talks to it does all its work and never waits.
/// </summary>
internal sealed class SilentPeer : IChannel
{
    public ChannelCounters Counters => default;

    public void Send(ushort tag, ReadOnlySpan<byte> payload) { }

    public void Receive(ushort tag, Span<byte> destination) => destination.Clear();

    public byte[] ReceiveUpTo(ushort tag, int maximumBytes) => new byte[maximumBytes];

    public void Flush() { }

    public void Abort() { }

    public void Dispose() { }
}
