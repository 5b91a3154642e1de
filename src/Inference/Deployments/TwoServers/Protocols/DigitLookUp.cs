using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// Reads shared tables of a digit at public points: bit 0 is the table's bit p, bit 1 its bit p + 2^w, w at most 4.
/// AVX2 and scalar paths. Constant time in tables.
/// </summary>
internal static class DigitLookUp
{
    public static bool IsVectorSupported => Avx2.IsSupported;

    /// <param name="points">Public numbers whose digit at <paramref name="firstBit"/>, of <paramref name="digitBits"/> bits, is the place to read.</param>
    public static void Read(ReadOnlySpan<uint> tables, ReadOnlySpan<uint> points, int firstBit, int digitBits, Span<byte> bits) =>
        ReadScalar(tables, points, firstBit, digitBits, bits, IsVectorSupported ? ReadVector(tables, points, firstBit, digitBits, bits) : 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void ReadScalar(ReadOnlySpan<uint> tables, ReadOnlySpan<uint> points, int firstBit, int digitBits, Span<byte> bits, int from)
    {
        uint mask = (1u << digitBits) - 1;
        int equality = 1 << digitBits;
        for (int i = from; i < bits.Length; i++)
        {
            int at = (int)(points[i] >> firstBit & mask);
            bits[i] = (byte)(tables[i] >> at & 1 | (tables[i] >> at >> equality & 1) << 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadVector(ReadOnlySpan<uint> tables, ReadOnlySpan<uint> points, int firstBit, int digitBits, Span<byte> bits)
    {
        int i = 0;
        for (; i + 32 <= bits.Length; i += 32)
        {
            ReadOnlySpan<uint> some = tables.Slice(i, 32), at = points.Slice(i, 32);
            Vector256<ushort> low = Vector256.Narrow(
                Eight(some[..8], at[..8], firstBit, digitBits), Eight(some[8..16], at[8..16], firstBit, digitBits));
            Vector256<ushort> high = Vector256.Narrow(
                Eight(some[16..24], at[16..24], firstBit, digitBits), Eight(some[24..], at[24..], firstBit, digitBits));
            Vector256.Narrow(low, high).CopyTo(bits.Slice(i, 32));
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Eight(ReadOnlySpan<uint> tables, ReadOnlySpan<uint> points, int firstBit, int digitBits)
    {
        Vector256<uint> one = Vector256.Create(1u), at = (Vector256.Create(points) >> firstBit) & Vector256.Create((1u << digitBits) - 1);
        Vector256<uint> table = Avx2.ShiftRightLogicalVariable(Vector256.Create(tables), at);
        return (table & one) | (((table >> (1 << digitBits)) & one) << 1);
    }
}
