using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>
/// The dealer's part of <see cref="SelectionShares"/>, in the order of its reading. The bit t of case (e, f) is what differs between the bit [x >= T] and
/// what the servers know of it after the last opening: with masks r of less-than, u of equality and v of the low group's less-than,
/// t = msb(b) + r + uv + ev + fu modulo 2.
/// </summary>
internal static class SelectionDealing
{
    /// <param name="functions">Deals comparison functions for secrets.</param>
    public static void Deal(SelectionShape shape, DealerStreams streams, Action<uint[]> functions)
    {
        if (shape.ByPrefix)
        {
            PrefixShares.Deal(PrefixLayout.Of(shape), streams);
            return;
        }
        uint[] negated = new uint[shape.Elements], payload = new uint[shape.HasPayload ? shape.Elements : 0], scratch = new uint[shape.Elements];
        MaskedNumbers.Deal(streams, shape.RingBits, shape.OutputBits, negated);
        streams.Uniform(shape.RingBits, payload);
        uint low = Ring.Mask(shape.Tree.Bits);
        if (shape.ByTables)
        {
            for (int digit = 0; digit < shape.Tree.DigitBits.Length; digit++) DealTable(shape, streams, negated, digit, scratch);
            for (int level = 0; level < shape.InnerLevels; level++)
                foreach (DigitTree.Node node in shape.Tree.Levels[level]) DealTriples(shape, streams, node.KeepsEquality);
        }
        else
        {
            for (int i = 0; i < scratch.Length; i++) scratch[i] = negated[i] >> shape.DroppedBits & low;
            functions(scratch);
        }
        DealCases(shape, streams, negated, payload, scratch);
        MaskedNumbers.Clear(negated);
        MaskedNumbers.Clear(payload);
        MaskedNumbers.Clear(scratch);
    }

    /// <summary>Value p of a digit is below the secret's digit d for p in [0, d), and equal to it at d.</summary>
    private static void DealTable(SelectionShape shape, DealerStreams streams, uint[] negated, int digit, uint[] table)
    {
        int shift = shape.DroppedBits + shape.Tree.FirstBit(digit), bits = shape.Tree.DigitBits[digit];
        uint mask = Ring.Mask(bits);
        // The lowest digit has no bits of equality; they are shifted out.
        int equality = DigitTree.LeafBits(digit) == 2 ? 1 << bits : 31;
        uint kept = (uint)BitPacking.Mask(shape.TableBits(digit));
        for (int i = 0; i < table.Length; i++)
        {
            uint one = 1u << (int)(negated[i] >> shift & mask);
            table[i] = (one - 1 | one << equality) & kept;
        }
        streams.DealXor(shape.TableBits(digit), table);
    }

    private static void DealTriples(SelectionShape shape, DealerStreams streams, bool keepsEquality)
    {
        int words = shape.PlaneWords, pair = keepsEquality ? words : 0;
        ulong[] a = new ulong[words], b = new ulong[words], c = new ulong[pair];
        streams.UniformBits(a);
        streams.UniformBits(b);
        streams.UniformBits(c);
        for (int i = 0; i < words; i++) b[i] &= a[i];
        for (int i = 0; i < pair; i++) c[i] &= a[i];
        streams.DealBits(b);
        streams.DealBits(c);
    }

    private static void DealCases(SelectionShape shape, DealerStreams streams, uint[] negated, uint[] payload, uint[] scratch)
    {
        ulong[] masks = new ulong[shape.LastBits * shape.PlaneWords], planes = new ulong[shape.LastBits * shape.Words];
        byte[] flags = new byte[shape.Elements];
        streams.UniformBits(masks);
        for (int threshold = 0; threshold < shape.Thresholds; threshold++)
        {
            for (int bit = 0; bit < shape.LastBits; bit++)
                masks.AsSpan(bit * shape.PlaneWords + threshold * shape.Words, shape.Words).CopyTo(planes.AsSpan(bit * shape.Words));
            BitPlanes.Join<byte>(planes, shape.LastBits, flags);
            for (int i = 0; i < flags.Length; i++) flags[i] = (byte)(Functions(flags[i]) ^ (0 - (negated[i] >> (shape.RingBits - 1))));
            for (int chosen = 0; chosen < shape.Cases; chosen++) DealCase(shape, streams, negated, payload, flags, chosen, scratch);
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(masks.AsSpan()));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(planes.AsSpan()));
        CryptographicOperations.ZeroMemory(flags);
    }

    /// <summary>From bits r, u, v the values of r + uv + ev + fu at (e, f) = (0, 0), (1, 0), (0, 1), (1, 1), in bits 0 to 3.</summary>
    private static int Functions(int masks)
    {
        int r = masks & 1, u = masks >> 1 & 1, v = masks >> 2 & 1;
        return (0 - (r ^ (u & v))) ^ (v * 0b1010) ^ (u * 0b1100);
    }

    private static void DealCase(
        SelectionShape shape, DealerStreams streams, uint[] negated, uint[] payload, byte[] flags, int chosen, uint[] scratch)
    {
        for (int i = 0; i < scratch.Length; i++) scratch[i] = (uint)flags[i] >> chosen & 1;
        streams.Deal(shape.OutputBits, scratch);
        for (int i = 0; i < scratch.Length; i++)
            scratch[i] = (uint)Ring.Signed(negated[i], shape.RingBits) & (0 - ((uint)flags[i] >> chosen & 1));
        streams.Deal(shape.OutputBits, scratch);
        if (shape.Widens)
        {
            for (int i = 0; i < scratch.Length; i++) scratch[i] = negated[i] >> (shape.RingBits - 1) & ((uint)flags[i] >> chosen & 1);
            streams.Deal(shape.OutputBits - shape.RingBits, scratch);
        }
        if (!shape.HasPayload) return;
        for (int i = 0; i < scratch.Length; i++) scratch[i] = (0 - payload[i]) & (0 - ((uint)flags[i] >> chosen & 1));
        streams.Deal(shape.RingBits, scratch);
    }
}
