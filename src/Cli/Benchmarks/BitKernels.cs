using System.Numerics;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Memory;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Transposition of bits, and packing of short messages.</summary>
internal static class BitKernels
{
    private const int Messages = 1 << 16, TransposedBlocks = 1 << 13;

    public static IEnumerable<Kernel> All =>
    [
        Kernel.Rate("bit transposition, 128 bits a column", "M columns/s", InstructionPaths.Transposition, () =>
        {
            AlignedBuffer<byte> matrix = Benchmark.Uniform<byte>(BitMatrix.Columns * TransposedBlocks / 8);
            AlignedBuffer<Vector128<byte>> blocks = new(TransposedBlocks), scratch = new(BitMatrix.Columns);
            return new Work(1e-6 * TransposedBlocks,
                () => BitMatrix.ColumnsToBlocks(matrix.Span, TransposedBlocks / 8, blocks.Span, scratch.Span), matrix, blocks, scratch);
        }),
        .. Packing<byte>(2), .. Packing<byte>(4), .. Packing<ushort>(16),
    ];

    private static Kernel[] Packing<T>(int bits) where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> =>
    [
        Kernel.Rate($"packing of {bits}-bit messages", "G messages/s", InstructionPaths.Packing, () =>
        {
            AlignedBuffer<T> values = Benchmark.Uniform<T>(Messages);
            AlignedBuffer<byte> packed = new(BitPacking.PackedBytes(Messages, bits));
            return new Work(1e-9 * Messages, () => BitPacking.Pack<T>(values.Span, bits, packed.Span), values, packed);
        }),
        Kernel.Rate($"unpacking of {bits}-bit messages", "G messages/s", InstructionPaths.Packing, () =>
        {
            AlignedBuffer<byte> packed = Benchmark.Uniform<byte>(BitPacking.PackedBytes(Messages, bits));
            AlignedBuffer<T> values = new(Messages);
            return new Work(1e-9 * Messages, () => BitPacking.Unpack(packed.Span, bits, values.Span), packed, values);
        }),
    ];
}
