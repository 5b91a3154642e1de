using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Costs;

/// <summary>Adds up what a script tells: payload by direction, rounds, and transfers asked for, what these send not counted.</summary>
internal sealed class Tally : Script
{
    private readonly Queue<long> _toClient = [], _toServer = [];
    private long _clientTime, _serverTime;

    /// <summary>Payload bytes.</summary>
    public long ClientToServer { get; private set; }

    /// <inheritdoc cref="ClientToServer"/>
    public long ServerToClient { get; private set; }

    public Transfers Transfers { get; private set; }

    /// <summary>The longest chain of messages, as channels count it.</summary>
    public long Rounds { get; private set; }

    /// <summary>What one part of a protocol comes to.</summary>
    public static Tally Of(params ReadOnlySpan<Action<Script>> parts)
    {
        Tally tally = new();
        foreach (Action<Script> part in parts) part(tally);
        return tally;
    }

    /// <summary>Payload bytes of both directions.</summary>
    public (long ClientToServer, long ServerToClient) Bytes => (ClientToServer, ServerToClient);

    public override void Does(Role party, Work work, double units = 1, int width = 0) { }

    public override void Sends(Role party, long bytes)
    {
        bool client = party == Role.Client;
        if (client) ClientToServer += bytes;
        else ServerToClient += bytes;
        long time = (client ? _clientTime : _serverTime) + 1;
        (client ? _toServer : _toClient).Enqueue(time);
        Rounds = Math.Max(Rounds, time);
    }

    public override void Receives(Role party)
    {
        if (party == Role.Client) _clientTime = Math.Max(_clientTime, _toClient.Dequeue());
        else _serverTime = Math.Max(_serverTime, _toServer.Dequeue());
    }

    public override void Flushes(Role party) { }

    public override void Extends(Role sender, long transfers) =>
        Transfers += sender == Role.Server ? new Transfers(transfers, 0) : new Transfers(0, transfers);
}
