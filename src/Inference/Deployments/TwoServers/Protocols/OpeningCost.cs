namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>What a step sends online: both servers send as much.</summary>
/// <param name="BytesEachWay">Payload bytes from one server to the other.</param>
/// <param name="Rounds">Exchanges, one after the other.</param>
internal readonly record struct OpeningCost(long BytesEachWay, int Rounds)
{
    public static OpeningCost operator +(OpeningCost earlier, OpeningCost later) =>
        new(earlier.BytesEachWay + later.BytesEachWay, earlier.Rounds + later.Rounds);
}
