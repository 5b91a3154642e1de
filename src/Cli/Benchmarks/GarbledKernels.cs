using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Half gates on the circuit of a ReLU of 16 bits, as many instances at a time as the protocol takes.</summary>
internal static class GarbledKernels
{
    private const int RingBits = 16, Instances = 256;
    private const string Unit = "M ANDs/s";

    public static IEnumerable<Kernel> All =>
    [
        Kernel.Rate("half gates, garbling", Unit, InstructionPaths.Aes, () =>
        {
            Batch b = new();
            return new Work(b.Ands, () => HalfGates.Garble(
                b.Circuit, b.Hash, 0, Batch.Delta, Instances, b.Labels.Span, b.Tables.Span), b.Hash, b.Labels, b.Tables);
        }),
        Kernel.Rate("half gates, evaluation", Unit, InstructionPaths.Aes, () =>
        {
            Batch b = new();
            return new Work(b.Ands, () => HalfGates.Evaluate(
                b.Circuit, b.Hash, 0, Instances, b.Labels.Span, b.Tables.Span), b.Hash, b.Labels, b.Tables);
        }),
    ];

    /// <summary>Whatever the labels are, the work is the same.</summary>
    private sealed class Batch
    {
        public Batch()
        {
            Labels = Benchmark.Uniform<Vector128<byte>>(Circuit.Slots * Instances);
            Tables = Benchmark.Uniform<Vector128<byte>>(HalfGates.BlocksAnd * Circuit.Ands * Instances);
        }

        public static Vector128<byte> Delta => Vector128.Create((byte)0x5B);
        public Circuit Circuit { get; } = SharedFunction.Clamp(RingBits, negativePart: false, high: null, corrected: false).Circuit;
        public CorrelationRobustHash Hash { get; } = new(new byte[16]);
        public AlignedBuffer<Vector128<byte>> Labels { get; }
        public AlignedBuffer<Vector128<byte>> Tables { get; }

        /// <summary>Millions of them in a call.</summary>
        public double Ands => 1e-6 * Circuit.Ands * Instances;
    }
}
