using System.Collections.Immutable;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// min(max(x, Low), High) by one <see cref="Selection"/>: Low + [x >= Low] (x - Low) - [x >= High] (x - High), both comparisons on one
/// opening; without a lower bound x takes the place of the first two terms.
/// </summary>
internal sealed class ClampBounds(int? low, int? high)
{
    /// <summary>The bounds that there are.</summary>
    public ImmutableArray<int> Thresholds { get; } = [.. new[] { low, high }.OfType<int>()];

    /// <summary>Shares of the clamped numbers, in the shape's output bits; in those of the ring where there is no lower bound.</summary>
    /// <param name="beside">As of <see cref="Selection.Run"/>.</param>
    public uint[] Run(ServerParty party, SelectionShape shape, Correlation<SelectionShares> correlation, uint[] x, Exchange? beside)
    {
        uint[] last = new uint[x.Length], first = Thresholds.Length == 2 ? new uint[x.Length] : last;
        Selection.Run(party, shape, correlation, x, Thresholds, [], Thresholds.Length == 2 ? [first, last] : [last], [], beside);
        uint mask = Ring.Mask(shape.OutputBits), lowest = (uint)(low ?? 0) & party.Own;
        if (high is null) for (int i = 0; i < last.Length; i++) last[i] = (last[i] + lowest) & mask;
        else if (low is null) for (int i = 0; i < last.Length; i++) last[i] = (x[i] - last[i]) & mask;
        else for (int i = 0; i < last.Length; i++) last[i] = (first[i] - last[i] + lowest) & mask;
        return last;
    }
}
