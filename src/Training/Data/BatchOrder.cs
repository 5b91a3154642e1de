using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Training.Data;

/// <summary>The order in which an epoch visits the images: a shuffle that depends on seed and epoch alone.</summary>
internal static class BatchOrder
{
    public static int[] Of(ulong seed, int epoch, int images)
    {
        using Prg prg = TrainingSeed.Stream(seed, "order", (ulong)epoch);
        int[] order = [.. Enumerable.Range(0, images)];
        for (int last = images - 1; last > 0; last--)
        {
            int other = prg.Below(last + 1);
            (order[last], order[other]) = (order[other], order[last]);
        }
        return order;
    }
}
