using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Harness;

/// <summary>Lanes in the test's process: what a client opens is handed in at a server's desk at once, on a thread of its own.</summary>
/// <param name="client">What becomes of the client's end of a lane, counted from 0.</param>
/// <param name="server">What becomes of the server's end.</param>
internal sealed class InMemoryLanes(
    Func<IChannel, int, IChannel>? client = null, Func<IChannel, int, IChannel>? server = null, int timeoutMs = 10_000)
{
    private readonly List<(IChannel Client, IChannel Server)> _opened = [];
    private readonly List<Exception> _refusals = [];

    public LaneDesk Desk { get; } = new(timeoutMs);

    /// <summary>Both ends of every lane that was opened, in order.</summary>
    public (IChannel Client, IChannel Server)[] Opened => [.. _opened];

    /// <summary>What the desk said to connections that it did not take.</summary>
    public Exception[] Refusals
    {
        get
        {
            lock (_refusals) return [.. _refusals];
        }
    }

    /// <summary>Opens a lane.</summary>
    public IChannel Open()
    {
        (FramedChannel first, FramedChannel second) = InMemoryChannel.CreatePair();
        IChannel opened = client?.Invoke(first, _opened.Count) ?? first, accepted = server?.Invoke(second, _opened.Count) ?? second;
        _opened.Add((opened, accepted));
        new Thread(() => Deliver(accepted)) { IsBackground = true }.Start();
        return opened;
    }

    private void Deliver(IChannel accepted)
    {
        try
        {
            Desk.Deliver(accepted);
        }
        catch (ProtocolException refusal)
        {
            lock (_refusals) _refusals.Add(refusal);
            accepted.Dispose();
        }
    }
}
