using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Correlations;
using Blindsight.Mpc.FunctionSecretSharing;

namespace Blindsight.Cli.Benchmarks;

/// <summary>What rests on AES: key streams, hashes and the pads made of hashes.</summary>
internal static class SymmetricKernels
{
    private const int StreamBytes = 1 << 18, Hashes = 1 << 14, PadElements = 1 << 13, PadIndexBits = 4, PadMessageBits = 2;
    private const int Functions = 1 << 13, FunctionBits = 15;

    public static IEnumerable<Kernel> All =>
    [
        Kernel.Rate("aes-128 counter mode", "GB/s", InstructionPaths.Aes, () =>
        {
            AesCounter cipher = new(new byte[AesCounter.BlockBytes]);
            AlignedBuffer<byte> stream = new(StreamBytes);
            return new Work(1e-9 * StreamBytes, () => cipher.Fill(0, stream.Span), cipher, stream);
        }),
        Kernel.Rate("correlation-robust hash", "M hashes/s", InstructionPaths.Aes, () =>
        {
            CorrelationRobustHash hash = Hash();
            AlignedBuffer<Vector128<byte>> x = Benchmark.Uniform<Vector128<byte>>(Hashes), y = new(Hashes);
            return new Work(1e-6 * Hashes, () => hash.Hash(x.Span, default, 0, y.Span), hash, x, y);
        }),
        Kernel.Rate("leaf pads, sender, 1 of 16, 2 bits", "M elements/s", InstructionPaths.Aes, () =>
        {
            CorrelationRobustHash hash = Hash();
            AlignedBuffer<Vector128<byte>> q = Benchmark.Uniform<Vector128<byte>>(PadIndexBits * PadElements);
            AlignedBuffer<ulong> words = new(PadElements);
            LeafShape shape = new(PadIndexBits, PadMessageBits);
            Vector128<byte> delta = Vector128.Create((byte)0x5B);
            return new Work(1e-6 * PadElements, () => LeafPadSender.Generate(shape, hash, 0, q.Span, delta, words.Span), hash, q, words);
        }),
        Kernel.Rate("leaf pads, receiver, 1 of 16, 2 bits", "M elements/s", InstructionPaths.Aes, () =>
        {
            CorrelationRobustHash hash = Hash();
            AlignedBuffer<Vector128<byte>> t = Benchmark.Uniform<Vector128<byte>>(PadIndexBits * PadElements);
            AlignedBuffer<byte> choices = new(PadElements), pads = new(PadElements);
            LeafShape shape = new(PadIndexBits, PadMessageBits);
            return new Work(1e-6 * PadElements,
                () => LeafPadReceiver.Generate(shape, hash, 0, t.Span, choices.Span, pads.Span), hash, t, choices, pads);
        }),
        Kernel.Rate("distributed comparison, 15 bits, dealing", "M functions/s", InstructionPaths.Aes, () =>
        {
            Comparisons c = new();
            return new Work(1e-6 * Functions, () => DistributedComparison.Deal(
                c.Hash, 0, c.Points.Span, c.Roots.Span, c.Roots.Span, c.Keys), c.Hash, c.Points, c.Roots, c.Keys);
        }),
        Kernel.Rate("distributed comparison, 15 bits, evaluation", "M functions/s", InstructionPaths.Aes, () =>
        {
            Comparisons c = new();
            AlignedBuffer<ulong> shares = new(Functions / 64);
            return new Work(1e-6 * Functions, () => DistributedComparison.Evaluate(
                c.Hash, 0, isSecond: false, c.Keys, c.Roots.Span, c.Points.Span, shares.Span), c.Hash, c.Points, c.Roots, c.Keys, shares);
        }),
    ];

    private static CorrelationRobustHash Hash() => new(new byte[16]);

    private sealed class Comparisons
    {
        public Comparisons()
        {
            foreach (ref uint point in Points.Span) point &= (1 << FunctionBits) - 1;
        }

        public CorrelationRobustHash Hash { get; } = SymmetricKernels.Hash();
        public AlignedBuffer<uint> Points { get; } = Benchmark.Uniform<uint>(Functions);
        public AlignedBuffer<Vector128<byte>> Roots { get; } = Benchmark.Uniform<Vector128<byte>>(Functions);
        public ComparisonKeys Keys { get; } = new(FunctionBits, Functions);
    }
}
