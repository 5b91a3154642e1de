using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Silent;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Silent correlated transfer: a party alone, and both.</summary>
internal static class TransferKernels
{
    /// <summary>What a large network consumes, which decides on the parameters.</summary>
    public const long ExpectedTransfers = 1L << 26;

    private const int ChunkTransfers = 1 << 17;

    public static IEnumerable<Kernel> All =>
    [
        Kernel.Rate("silent transfer, sender alone: ggm leaves and lpn rows", "M leaves and rows/s", InstructionPaths.Aes, () =>
        {
            FramedChannel channel = new(new DiscardingLink());
            SilentOtSender sender = new(channel, new DealtSender(), SilentSchedule.For(ExpectedTransfers), new byte[16], "sender alone",
                Benchmark.Randomness("roots"));
            AlignedBuffer<Vector128<byte>> q = new(ChunkTransfers);
            return new Work(1e-6 * ChunkTransfers, () => sender.Extend(q.Span), sender, channel, q);
        }),
        new Kernel(
            [new Metric("silent correlated transfer, both parties", "M transfers/s")], InstructionPaths.Aes, () => new SilentTransfers()),
    ];
}
