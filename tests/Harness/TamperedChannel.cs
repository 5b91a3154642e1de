using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>One message as a tampering party changes it.</summary>
public readonly record struct Message(ushort Tag, byte[] Payload);

/// <summary>A way to spoil a message; each gives what is sent in its place.</summary>
public static class Tamper
{
    /// <summary>The last byte is missing.</summary>
    public static Message Truncate(Message message) =>
        message with { Payload = message.Payload[..Math.Max(0, message.Payload.Length - 1)] };

    /// <summary>One byte too many.</summary>
    public static Message Extend(Message message) => message with { Payload = [.. message.Payload, 0] };

    /// <summary>The lowest bit of one byte is flipped.</summary>
    public static Func<Message, Message> Flip(int index) => message =>
    {
        byte[] payload = [.. message.Payload];
        payload[index] ^= 1;
        return message with { Payload = payload };
    };

    /// <summary>Every byte is 255.</summary>
    public static Message Saturate(Message message)
    {
        byte[] payload = new byte[message.Payload.Length];
        Array.Fill(payload, (byte)0xff);
        return message with { Payload = payload };
    }

    /// <summary>Another tag.</summary>
    public static Message WrongTag(Message message) => message with { Tag = (ushort)(message.Tag ^ 0x8000) };
}

/// <summary>A party that is honest except for what it sends as message number <paramref name="index"/>, from zero.</summary>
public sealed class TamperedChannel(IChannel inner, int index, Func<Message, Message> tamper) : IChannel
{
    private int _next;

    /// <inheritdoc/>
    public ChannelCounters Counters => inner.Counters;

    /// <summary>Whether the message was reached.</summary>
    public bool Done => _next > index;

    /// <inheritdoc/>
    public void Send(ushort tag, ReadOnlySpan<byte> payload)
    {
        if (_next++ != index)
        {
            inner.Send(tag, payload);
            return;
        }
        Message spoilt = tamper(new Message(tag, payload.ToArray()));
        inner.Send(spoilt.Tag, spoilt.Payload);
    }

    /// <inheritdoc/>
    public void Receive(ushort tag, Span<byte> destination) => inner.Receive(tag, destination);

    /// <inheritdoc/>
    public byte[] ReceiveUpTo(ushort tag, int maximumBytes) => inner.ReceiveUpTo(tag, maximumBytes);

    /// <inheritdoc/>
    public void Flush() => inner.Flush();

    /// <inheritdoc/>
    public void Abort() => inner.Abort();

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
