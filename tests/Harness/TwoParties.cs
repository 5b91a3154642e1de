using System.Security.Cryptography;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>What both parties returned and sent.</summary>
/// <param name="TranscriptHash">
/// SHA-256, in hexadecimal, over all frames of the first party and all frames of the second; it does not depend on how the two
/// directions interleaved.
/// </param>
public sealed record TwoPartyResult<TFirst, TSecond>(
    TFirst First, TSecond Second, ChannelCounters FirstCounters, ChannelCounters SecondCounters, string TranscriptHash);

/// <summary>How each party ended: null where it ended well.</summary>
/// <param name="Root">The fault that came first; the other party's may be its consequence.</param>
public sealed record TwoPartyFaults(Exception? First, Exception? Second, Exception? Root);

/// <summary>
/// Runs both parties of a protocol within the test's process, each on a thread of its own over an in-memory channel or over
/// the given pair. The channels are disposed when the parties end.
/// </summary>
public static class TwoParties
{
    /// <summary>How long both parties together may take by default.</summary>
    public const int DefaultTimeoutMs = 60_000;

    /// <summary>Runs both parties to their end.</summary>
    /// <exception cref="AggregateException">A party threw; the first inner exception is the root cause.</exception>
    /// <exception cref="TimeoutException">They did not finish; the message says what each did last.</exception>
    public static TwoPartyResult<TFirst, TSecond> Run<TFirst, TSecond>(
        Func<IChannel, TFirst> first, Func<IChannel, TSecond> second, int timeoutMs = DefaultTimeoutMs,
        (IChannel First, IChannel Second)? channels = null)
    {
        using Party<TFirst> a = new("first", first);
        using Party<TSecond> b = new("second", second);
        TwoPartyFaults faults = RunBoth(a, b, timeoutMs, channels);
        if (faults.Root is not null)
            throw new AggregateException(new[] { faults.Root, faults.First, faults.Second }
                .OfType<Exception>().Distinct());
        byte[] transcript = SHA256.HashData([.. a.SentHash, .. b.SentHash]);
        return new(a.Result!, b.Result!, a.Counters, b.Counters, Convert.ToHexStringLower(transcript));
    }

    /// <summary>Runs parties without results.</summary>
    /// <inheritdoc cref="Run{TFirst, TSecond}"/>
    public static TwoPartyResult<bool, bool> Run(
        Action<IChannel> first, Action<IChannel> second, int timeoutMs = DefaultTimeoutMs,
        (IChannel First, IChannel Second)? channels = null) =>
        Run(channel => { first(channel); return true; }, channel => { second(channel); return true; }, timeoutMs, channels);

    /// <summary>Runs both parties and returns their faults instead of throwing: for tests of refusals.</summary>
    /// <exception cref="TimeoutException">They did not finish; the message says what each did last.</exception>
    public static TwoPartyFaults RunToFault(
        Action<IChannel> first, Action<IChannel> second, int timeoutMs = DefaultTimeoutMs,
        (IChannel First, IChannel Second)? channels = null)
    {
        using Party<bool> a = new("first", channel => { first(channel); return true; });
        using Party<bool> b = new("second", channel => { second(channel); return true; });
        return RunBoth(a, b, timeoutMs, channels);
    }

    private static TwoPartyFaults RunBoth<TFirst, TSecond>(
        Party<TFirst> first, Party<TSecond> second, int timeoutMs, (IChannel First, IChannel Second)? channels)
    {
        using CancellationTokenSource deadline = new();
        if (channels is null)
        {
            ChannelOptions options = ChannelOptions.Default with { TimeoutMs = 2 * timeoutMs, LingerMs = 1000 };
            (FramedChannel a, FramedChannel b) = InMemoryChannel.CreatePair(options, deadline.Token);
            channels = (a, b);
        }
        int order = 0;
        first.Start(channels.Value.First, () => Interlocked.Increment(ref order));
        second.Start(channels.Value.Second, () => Interlocked.Increment(ref order));
        long end = Environment.TickCount64 + timeoutMs;
        bool finished = first.Join(timeoutMs) & second.Join((int)Math.Max(0, end - Environment.TickCount64));
        if (!finished)
        {
            string state = $"first: {first.State}; second: {second.State}";
            deadline.Cancel();
            first.Join(1000);
            second.Join(1000);
            throw new TimeoutException($"The parties did not finish within {timeoutMs} ms; {state}.");
        }
        Exception? root = first.FaultOrder < second.FaultOrder ? first.Fault : second.Fault;
        return new(first.Fault, second.Fault, root);
    }

    /// <summary>One party: its thread, result or fault, and probe.</summary>
    private sealed class Party<T>(string name, Func<IChannel, T> body) : IDisposable
    {
        private Thread? _thread;
        private ProbeChannel? _probe;

        public T? Result { get; private set; }
        public Exception? Fault { get; private set; }
        public int FaultOrder { get; private set; } = int.MaxValue;
        public ChannelCounters Counters { get; private set; }
        public byte[] SentHash { get; private set; } = [];
        public string State => Fault?.Message ?? (_thread!.IsAlive ? _probe!.LastCall : "finished");

        public void Start(IChannel channel, Func<int> nextOrder)
        {
            _probe = new ProbeChannel(channel);
            _thread = new Thread(() => Live(_probe, nextOrder), 16 << 20) { IsBackground = true, Name = $"{name} party" };
            _thread.Start();
        }

        public bool Join(int timeoutMs) => _thread!.Join(timeoutMs);

        public void Dispose() => _probe?.Dispose();

        private void Live(ProbeChannel probe, Func<int> nextOrder)
        {
            try
            {
                Result = body(probe);
                probe.Flush();
                Counters = probe.Counters;
                SentHash = probe.SentHash();
            }
            catch (Exception fault)
            {
                FaultOrder = nextOrder();
                Fault = fault;
            }
            finally
            {
                probe.Dispose();
            }
        }
    }
}
