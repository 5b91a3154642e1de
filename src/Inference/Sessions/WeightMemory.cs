using Blindsight.HomomorphicEncryption.Linear;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// Divides memory for transformed weights among layers. A transform costs the same a byte everywhere, placing weights in it costs by their
/// number: so layers go first that have the most weights a byte, and the last of them is kept in part.
/// </summary>
internal static class WeightMemory
{
    /// <summary>Bytes that each layer may keep; their sum is at most <paramref name="budgetBytes"/>.</summary>
    public static Dictionary<(int Step, int Term), long> Divide(
        IEnumerable<KeyValuePair<(int Step, int Term), LinearPacking>> packings, long budgetBytes)
    {
        Dictionary<(int Step, int Term), long> shares = [];
        foreach (((int Step, int Term) key, LinearPacking packing) in packings
                     .OrderByDescending(entry => (double)entry.Value.Geometry.WeightElements / entry.Value.PreparedBytes).ThenBy(entry => entry.Key))
        {
            shares[key] = Math.Min(budgetBytes, packing.PreparedBytes);
            budgetBytes -= shares[key];
        }
        return shares;
    }
}
