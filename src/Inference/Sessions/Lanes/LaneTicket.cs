using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions.Lanes;

/// <summary>A server's session that waits for its lanes. Lanes that arrived and were not taken are closed with it.</summary>
internal sealed class LaneTicket(int timeoutMs, Action forget) : IDisposable
{
    private readonly IChannel?[] _arrived = new IChannel?[LaneJoin.Lanes];
    private readonly bool[] _reserved = new bool[LaneJoin.Lanes];
    private readonly ManualResetEventSlim _complete = new();
    private bool _closed;

    /// <summary>Whether a lane may come; it may once.</summary>
    public LaneAnswer Reserve(int lane)
    {
        if (lane >= LaneJoin.Lanes) return LaneAnswer.NoSuchLane;
        lock (_arrived)
        {
            if (_closed) return LaneAnswer.UnknownToken;
            if (_reserved[lane]) return LaneAnswer.Taken;
            _reserved[lane] = true;
            return LaneAnswer.Joined;
        }
    }

    /// <summary>Takes over a channel; false where the session has stopped waiting meanwhile.</summary>
    public bool Arrive(int lane, IChannel channel)
    {
        lock (_arrived)
        {
            if (_closed) return false;
            _arrived[lane] = channel;
            if (_arrived.All(there => there is not null)) _complete.Set();
            return true;
        }
    }

    /// <summary>Waits for all lanes.</summary>
    /// <exception cref="ProtocolException">They did not all come in time.</exception>
    public SessionLanes Take(CancellationToken cancellation)
    {
        bool complete = _complete.Wait(timeoutMs, cancellation);
        lock (_arrived)
        {
            if (!complete)
                throw new ProtocolException(PeerFault.TimedOut, "waiting for lanes",
                    $"{_arrived.Count(there => there is not null)} of {LaneJoin.Lanes} joined within {timeoutMs} ms");
            SessionLanes lanes = new(_arrived[0]!, _arrived[1]!);
            Array.Clear(_arrived);
            return lanes;
        }
    }

    public void Dispose()
    {
        forget();
        lock (_arrived)
        {
            _closed = true;
            foreach (IChannel? lane in _arrived) lane?.Dispose();
            Array.Clear(_arrived);
        }
    }
}
