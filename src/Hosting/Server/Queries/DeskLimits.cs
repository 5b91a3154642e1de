namespace Blindsight.Hosting.Server.Queries;

/// <summary>What a server admits and how long it keeps it.</summary>
/// <param name="WaitingMax">Queries that wait or run at once.</param>
/// <param name="Keep">How long a result waits to be collected, and a query for its turn.</param>
/// <param name="Patience">How long a query waits for the other server's share of it, or for the other server.</param>
/// <param name="KeepIdentifiers">How long an identifier stays refused after its query has ended.</param>
internal sealed record DeskLimits(int WaitingMax, TimeSpan Keep, TimeSpan Patience, TimeSpan KeepIdentifiers)
{
    /// <summary>Identifiers that are remembered at once.</summary>
    public int IdentifiersMax { get; init; } = 1 << 20;
}
