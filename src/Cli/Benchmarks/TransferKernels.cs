using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer.Silent;
using Blindsight.Mpc.ObliviousTransfer.Trees;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Silent correlated transfer: its two kernels, a party alone, both, and both over TCP.</summary>
internal static class TransferKernels
{
    /// <summary>What a large network consumes, which decides on the parameters.</summary>
    public const long ExpectedTransfers = 1L << 26;

    private const int ChunkTransfers = 1 << 17;

    /// <summary>A batch of the largest set of parameters: eight trees, whose leaves are encoded at once.</summary>
    private const int TreeDepth = 13, Trees = 8, BatchLeaves = Trees << TreeDepth, SecretBits = 1 << 19;

    public static IEnumerable<Kernel> All =>
    [
        Kernel.Rate("ggm half trees, depth 13", "M leaves/s", InstructionPaths.Aes, () =>
        {
            FixedKeyPermutation permutation = new(new byte[16]);
            AlignedBuffer<Vector128<byte>> leaves = Benchmark.Uniform<Vector128<byte>>(BatchLeaves);
            return new Work(1e-6 * BatchLeaves, () => Grow(permutation, leaves.Span), permutation, leaves);
        }),
        Kernel.Rate("lpn encoding, d 10, k 2^19", "M rows/s", InstructionPaths.Aes, () =>
        {
            AesCounter places = new(new byte[AesCounter.BlockBytes]);
            AlignedBuffer<Vector128<byte>> message = Benchmark.Uniform<Vector128<byte>>(SecretBits), rows = new(BatchLeaves);
            long at = 0;
            return new Work(1e-6 * BatchLeaves, () =>
            {
                LocalCode.EncodeAdd(message.Span, places, at, rows.Span);
                at += BatchLeaves;
            }, places, message, rows);
        }),
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
        new Kernel(LoopbackTransfers.Metrics, InstructionPaths.Aes, () => new LoopbackTransfers()),
    ];

    /// <summary>The sender's trees without their messages.</summary>
    private static void Grow(FixedKeyPermutation permutation, Span<Vector128<byte>> leaves)
    {
        for (int tree = 0; tree < Trees; tree++)
        {
            Span<Vector128<byte>> grown = leaves.Slice(tree << TreeDepth, 1 << TreeDepth);
            for (int level = 1; level < TreeDepth; level++) HalfTree.ExpandLevel(permutation, default, grown, 1 << level, out _, out _);
            HalfTree.Finish(grown);
        }
    }
}
