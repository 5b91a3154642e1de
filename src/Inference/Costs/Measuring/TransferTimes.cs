using System.Collections.Immutable;
using System.Numerics;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Base;
using Blindsight.Mpc.ObliviousTransfer.Extension;
using Blindsight.Mpc.ObliviousTransfer.Silent;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Times correlated transfers, each end alone: SoftSpoken, and silent ones with each set of parameters.</summary>
internal static class TransferTimes
{
    private const int Few = 1024, Many = 4 * IknpLayout.ChunkCount, Samples = 1 << 17;

    public static void Columns(IDictionary<Work, WorkCost> costs)
    {
        Block[] blocks = new Block[Many];
        Block[] keys = new Block[BaseOtPairs.Count];
        using BaseOtPairs pairs = new(keys, keys);
        using BaseOtChoices choices = new(default, keys);
        using SoftSpokenSender sender = new(new SilentPeer(), choices);
        using SoftSpokenReceiver receiver = new(new SilentPeer(), pairs, Timing.Randomness());
        costs[Work.TransferSent] = Timing.Cost(n => Timing.Of(() => sender.Extend(blocks.AsSpan(0, n))), Few, Many, Many / IknpLayout.ChunkCount);
        costs[Work.TransferReceived] = Timing.Cost(n => Timing.Of(() => receiver.Extend(blocks.AsSpan(0, n))), Few, Many, Many / IknpLayout.ChunkCount);
        const int One = 128;
        double later = Timing.Of(() => sender.Extend(blocks.AsSpan(0, One)));
        costs[Work.ExtensionGrown] = WorkCost.Of(Math.Max(0, Timing.Of(
            () => new SoftSpokenSender(new SilentPeer(), choices), fresh => fresh.Extend(blocks.AsSpan(0, One))) - later), 0);
    }

    public static void Silent(IDictionary<Work, WorkCost> costs)
    {
        Block[] blocks = new Block[Samples];
        List<WidthCost> sent = [], received = [];
        foreach (LpnParameters row in LpnParameters.Table)
        {
            SilentSchedule schedule = SilentSchedule.Staying(row);
            int width = BitOperations.Log2((uint)row.SecretBits);
            using SilentOtSender sender = new(new SilentPeer(), new FreeTransfers(), schedule, [], "measuring", Timing.Randomness());
            using SilentOtReceiver receiver = new(new SilentPeer(), new FreeTransfers(), schedule, [], "measuring");
            double delivered = schedule.Delivered(0) / (double)row.Samples;
            sent.Add(new WidthCost(width, delivered * Timing.Of(() => sender.Extend(blocks)) / Samples));
            received.Add(new WidthCost(width, delivered * Timing.Of(() => receiver.Extend(blocks)) / Samples));
        }
        costs[Work.SampleSent] = new WorkCost(0, [.. sent]);
        costs[Work.SampleReceived] = new WorkCost(0, [.. received]);
    }
}
