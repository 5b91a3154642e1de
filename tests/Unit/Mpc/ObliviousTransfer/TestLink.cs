using System.Collections.Concurrent;
using System.Security.Cryptography;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Mpc.ObliviousTransfer;

/// <summary>Two ends of a queue in memory, with counters, logical clock and a hash of everything sent.</summary>
internal sealed class TestLink : IChannel
{
    private readonly BlockingCollection<(ushort Tag, byte[] Payload, long Clock)> _incoming;
    private readonly BlockingCollection<(ushort Tag, byte[] Payload, long Clock)> _outgoing;
    private readonly IncrementalHash _transcript = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _payloadSent, _payloadReceived, _sent, _received, _seen, _clock;

    private TestLink(
        BlockingCollection<(ushort, byte[], long)> incoming, BlockingCollection<(ushort, byte[], long)> outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    public static (TestLink First, TestLink Second) Pair()
    {
        BlockingCollection<(ushort, byte[], long)> one = [], two = [];
        return (new(one, two), new(two, one));
    }

    /// <summary>Runs both parties, each on a thread of its own, and rethrows what either threw.</summary>
    public static (TA First, TB Second) Run<TA, TB>(Func<IChannel, TA> first, Func<IChannel, TB> second) =>
        Run(Pair(), first, second);

    public static (TA First, TB Second) Run<TA, TB>(
        (TestLink First, TestLink Second) pair, Func<IChannel, TA> first, Func<IChannel, TB> second)
    {
        Task<TA> a = Task.Factory.StartNew(() => first(pair.First), TaskCreationOptions.LongRunning);
        Task<TB> b = Task.Factory.StartNew(() => second(pair.Second), TaskCreationOptions.LongRunning);
        Task.WhenAll(a, b).GetAwaiter().GetResult();
        return (a.Result, b.Result);
    }

    public ChannelCounters Counters => new(_payloadSent, _payloadReceived, _sent, _received, Math.Max(_clock, _seen));

    public string TranscriptHash() => Convert.ToHexString(_transcript.GetCurrentHash())[..32];

    public void Send(ushort tag, ReadOnlySpan<byte> payload)
    {
        _clock = Math.Max(_clock, _seen + 1);
        _sent++;
        _payloadSent += payload.Length;
        _transcript.AppendData(BitConverter.GetBytes(tag));
        _transcript.AppendData(payload);
        _outgoing.Add((tag, payload.ToArray(), _clock));
    }

    public void Receive(ushort tag, Span<byte> destination)
    {
        if (!_incoming.TryTake(out (ushort Tag, byte[] Payload, long Clock) message, 20_000))
            throw new ProtocolException(PeerFault.TimedOut, "test link", "nothing came");
        if (message.Tag != tag) throw new ProtocolException(PeerFault.UnexpectedMessage, "test link", $"{message.Tag}");
        if (message.Payload.Length != destination.Length)
            throw new ProtocolException(PeerFault.WrongLength, "test link", $"{message.Payload.Length}");
        message.Payload.CopyTo(destination);
        _received++;
        _payloadReceived += message.Payload.Length;
        _seen = Math.Max(_seen, message.Clock);
    }

    public byte[] ReceiveUpTo(ushort tag, int maximumBytes) => throw new NotSupportedException();

    public void Flush() { }

    public void Dispose() => _outgoing.CompleteAdding();
}
