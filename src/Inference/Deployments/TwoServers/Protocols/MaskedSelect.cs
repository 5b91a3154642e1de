using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// The end of a selection, local: with d = c + (1 - 2c) t, shares of d (s(y) + V) for an opened y and V = s(b) + 2^l msb(y) msb(b), from shares of
/// parts of V, of t, and of their products. Vectors of 256 bits and scalar paths. Branches and indices depend on public values only.
/// </summary>
internal static class MaskedSelect
{
    public static bool IsVectorSupported => Vector256.IsHardwareAccelerated;

    /// <summary>d (x - T) modulo 2^k.</summary>
    /// <param name="own">All ones where the party adds what both know.</param>
    /// <param name="flags">As <c>Selection</c> makes them: bit 0 is c, bits 1 and 2 the case, bit 3 msb(y).</param>
    /// <param name="opened">x + a; y is x + a - T.</param>
    public static void Numbers(SelectionShape shape, uint own, MaskedNumbers numbers, ReadOnlySpan<CaseShares> cases,
        ReadOnlySpan<byte> flags, ReadOnlySpan<uint> opened, int threshold, Span<uint> result)
    {
        if (shape.Widens) Numbers<Wider>(shape, own, numbers, cases, flags, opened, threshold, result);
        else Numbers<AsWide>(shape, own, numbers, cases, flags, opened, threshold, result);
    }

    private static void Numbers<TWidth>(SelectionShape shape, uint own, MaskedNumbers numbers, ReadOnlySpan<CaseShares> cases,
        ReadOnlySpan<byte> flags, ReadOnlySpan<uint> opened, int threshold, Span<uint> result) where TWidth : struct, IWidth
    {
        int done = IsVectorSupported ? NumbersVector<TWidth>(shape, own, numbers, cases, flags, opened, threshold, result) : 0;
        NumbersScalar<TWidth>(shape, own, numbers, cases, flags, opened, threshold, result, done);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void NumbersScalar<TWidth>(SelectionShape shape, uint own, MaskedNumbers numbers, ReadOnlySpan<CaseShares> cases,
        ReadOnlySpan<byte> flags, ReadOnlySpan<uint> opened, int threshold, Span<uint> result, int from) where TWidth : struct, IWidth
    {
        uint mask = Ring.Mask(shape.OutputBits);
        for (int i = from; i < result.Length; i++)
        {
            uint y = (uint)Ring.Signed(opened[i] - (uint)threshold, shape.RingBits), c = 0 - ((uint)flags[i] & 1), top = 0 - ((uint)flags[i] >> 3);
            CaseShares t = cases[flags[i] >> 1 & 3];
            uint selected = t.Bit[i] * y + t.Wide[i], whole = (own & y) + numbers.Wide[i];
            if (TWidth.Widens)
            {
                selected += t.Wrap[i] & top;
                whole += numbers.Wrap[i] & top;
            }
            result[i] = ((selected ^ c) - c + (whole & c)) & mask;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int NumbersVector<TWidth>(SelectionShape shape, uint own, MaskedNumbers numbers, ReadOnlySpan<CaseShares> cases,
        ReadOnlySpan<byte> flags, ReadOnlySpan<uint> opened, int threshold, Span<uint> result) where TWidth : struct, IWidth
    {
        Vector256<uint> mask = Vector256.Create(Ring.Mask(shape.OutputBits)), owns = Vector256.Create(own), bound = Vector256.Create((uint)threshold);
        Vector256<uint> one = Vector256.Create(1u), zero = Vector256<uint>.Zero;
        int unused = 32 - shape.RingBits, i = 0;
        for (; i + 8 <= result.Length; i += 8)
        {
            Vector256<uint> flag = Widen(flags.Slice(i, 8));
            Vector256<uint> y = ((Vector256.Create(opened.Slice(i, 8)) - bound) << unused);
            y = (y.AsInt32() >> unused).AsUInt32();
            Vector256<uint> c = zero - (flag & one), top = zero - ((flag >> 3) & one);
            Vector256<uint> bit = zero, wide = zero, wrap = zero;
            for (int chosen = 0; chosen < cases.Length; chosen++)
            {
                CaseShares t = cases[chosen];
                Vector256<uint> here = Vector256.Equals((flag >> 1) & Vector256.Create(3u), Vector256.Create((uint)chosen));
                bit |= Vector256.Create(t.Bit.AsSpan(i, 8)) & here;
                wide |= Vector256.Create(t.Wide.AsSpan(i, 8)) & here;
                if (TWidth.Widens) wrap |= Vector256.Create(t.Wrap.AsSpan(i, 8)) & here;
            }
            Vector256<uint> selected = bit * y + wide, whole = (owns & y) + Vector256.Create(numbers.Wide.AsSpan(i, 8));
            if (TWidth.Widens)
            {
                selected += wrap & top;
                whole += Vector256.Create(numbers.Wrap.AsSpan(i, 8)) & top;
            }
            (((selected ^ c) - c + (whole & c)) & mask).CopyTo(result.Slice(i, 8));
        }
        return i;
    }

    /// <summary>d j modulo 2^l.</summary>
    /// <param name="opened">j + c, c being the payload's mask.</param>
    public static void Payload(SelectionShape shape, uint own, ReadOnlySpan<uint> masks, ReadOnlySpan<CaseShares> cases,
        ReadOnlySpan<byte> flags, ReadOnlySpan<uint> opened, Span<uint> result)
    {
        uint mask = Ring.Mask(shape.RingBits);
        for (int i = 0; i < result.Length; i++)
        {
            uint c = 0 - ((uint)flags[i] & 1);
            CaseShares t = cases[flags[i] >> 1 & 3];
            uint selected = t.Bit[i] * opened[i] + t.Payload[i], whole = (own & opened[i]) - masks[i];
            result[i] = ((selected ^ c) - c + (whole & c)) & mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Widen(ReadOnlySpan<byte> eight)
    {
        Vector128<ushort> words = Vector128.WidenLower(Vector128.CreateScalar(BinaryPrimitives.ReadUInt64LittleEndian(eight)).AsByte());
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words));
    }

    /// <summary>Whether results have more bits than the opened numbers: known when code is compiled, so that no loop asks.</summary>
    internal interface IWidth
    {
        static abstract bool Widens { get; }
    }

    internal readonly struct Wider : IWidth
    {
        public static bool Widens => true;
    }

    internal readonly struct AsWide : IWidth
    {
        public static bool Widens => false;
    }
}
