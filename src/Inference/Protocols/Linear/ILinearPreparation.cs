using Blindsight.Inference.Sessions;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>
/// The offline phase of all linear layers: for every opened tensor the client draws a mask r, and for every convolution of
/// it both obtain additive shares of W * r modulo 2^32.
/// </summary>
internal interface ILinearPreparation : IDisposable
{
    /// <summary>What travels for each row.</summary>
    RequestSchedule Schedule { get; }

    /// <param name="rows">Rows of the batch.</param>
    /// <param name="report">Told of each request that is done, row by row and in order, with the first layer's name.</param>
    LinearShares Run(Party party, DataFlow flow, int rows, Action<string> report);
}

/// <summary>What the preparation leaves at one party.</summary>
/// <param name="Masks">At the client: r of each opened tensor, all rows.</param>
/// <param name="Products">By step: this party's share of the sum of its convolutions of r, all rows.</param>
/// <param name="Costs">By step: time and traffic of its ciphertexts.</param>
internal sealed record LinearShares(
    IReadOnlyDictionary<int, uint[]> Masks, IReadOnlyDictionary<int, uint[]> Products, IReadOnlyDictionary<int, PhaseCost> Costs)
{
    /// <summary>Adds to a step's cost.</summary>
    public static void Add(Dictionary<int, PhaseCost> costs, int step, PhaseCost cost) =>
        costs[step] = costs.GetValueOrDefault(step) + cost;


    /// <summary>Adds one convolution's share to its step's sum.</summary>
    public static void Add(Dictionary<int, uint[]> products, int step, int row, int rows, ReadOnlySpan<uint> share)
    {
        if (!products.TryGetValue(step, out uint[]? product)) product = products[step] = new uint[rows * share.Length];
        Span<uint> to = product.AsSpan(row * share.Length, share.Length);
        for (int i = 0; i < share.Length; i++) to[i] += share[i];
    }
}
