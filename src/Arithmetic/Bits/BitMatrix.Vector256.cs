using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Arithmetic.Bits;

/// <summary>The path with AVX2: 32 columns give 32 bits of a block at a time, taken from the top bits of 32
/// bytes.</summary>
public static partial class BitMatrix
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void TransposeVector256(
        ReadOnlySpan<byte> matrix, int columnBytes, int fromByte, Span<Vector128<byte>> blocks)
    {
        byte* bytes = stackalloc byte[32];
        // In bounds: as in the AVX-512 path; each step takes one byte of 32 columns.
        fixed (byte* source = matrix)
        fixed (Vector128<byte>* output = blocks)
        {
            for (int b = 0; b < blocks.Length / 8; b++)
                for (int group = 0; group < Columns / 32; group++)
                {
                    byte* from = source + 32 * group * (nint)columnBytes + fromByte + b;
                    for (int k = 0; k < 32; k++) bytes[k] = from[k * (nint)columnBytes];
                    Vector256<byte> eight = Vector256.Load(bytes);
                    uint* to = (uint*)(output + 8 * b) + group;
                    for (int i = 7; i >= 0; i--, eight = Avx2.Add(eight, eight))
                        to[4 * i] = (uint)Avx2.MoveMask(eight);
                }
        }
    }
}
