using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Costs;

/// <summary>Adds up what a script tells: payload by direction and transfers asked for, what these send not counted.</summary>
internal sealed class Tally : Script
{
    /// <summary>Payload bytes.</summary>
    public long ClientToServer { get; private set; }

    /// <inheritdoc cref="ClientToServer"/>
    public long ServerToClient { get; private set; }

    public Transfers Transfers { get; private set; }

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
        if (party == Role.Client) ClientToServer += bytes;
        else ServerToClient += bytes;
    }

    public override void Receives(Role party) { }

    public override void Flushes(Role party) { }

    public override void Extends(Role sender, long transfers) =>
        Transfers += sender == Role.Server ? new Transfers(transfers, 0) : new Transfers(0, transfers);
}
