using System.Security.Cryptography;
using System.Buffers.Binary;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>
/// A channel that remembers what was sent through it, as a SHA-256 over tag, length and payload of each frame, and what its
/// owner did last. The hash depends on the order of messages in this direction only.
/// </summary>
public sealed class ProbeChannel(IChannel inner) : IChannel
{
    private readonly IncrementalHash _sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The last call, for reports of a deadlock.</summary>
    public string LastCall { get; private set; } = "nothing yet";

    /// <inheritdoc/>
    public ChannelCounters Counters => inner.Counters;

    /// <summary>The hash of everything sent so far.</summary>
    public byte[] SentHash() => _sent.GetCurrentHash();

    /// <inheritdoc/>
    public void Send(ushort tag, ReadOnlySpan<byte> payload)
    {
        LastCall = $"send 0x{tag:x4} ({payload.Length} bytes)";
        Span<byte> frame = stackalloc byte[6];
        BinaryPrimitives.WriteUInt16LittleEndian(frame, tag);
        BinaryPrimitives.WriteInt32LittleEndian(frame[2..], payload.Length);
        _sent.AppendData(frame);
        _sent.AppendData(payload);
        inner.Send(tag, payload);
    }

    /// <inheritdoc/>
    public void Receive(ushort tag, Span<byte> destination)
    {
        LastCall = $"receive 0x{tag:x4} ({destination.Length} bytes)";
        inner.Receive(tag, destination);
    }

    /// <inheritdoc/>
    public byte[] ReceiveUpTo(ushort tag, int maximumBytes)
    {
        LastCall = $"receive 0x{tag:x4} (up to {maximumBytes} bytes)";
        return inner.ReceiveUpTo(tag, maximumBytes);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        LastCall = "flush";
        inner.Flush();
    }

    /// <inheritdoc/>
    public void Abort() => inner.Abort();

    /// <inheritdoc/>
    public void Dispose()
    {
        _sent.Dispose();
        inner.Dispose();
    }
}
