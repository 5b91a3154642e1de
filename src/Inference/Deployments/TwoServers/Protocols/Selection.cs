using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.FunctionSecretSharing;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// Functionality: from additive shares modulo 2^l of signed x, shares modulo 2^k of [x >= T] (x - T) for public thresholds T, and modulo 2^l of
/// [x >= T] j for a shared payload j. Exact where x - T does not wrap; without its low d bits a comparison may take x in [T, T + 2^d) as below T.
/// Security: semi-honest, two servers that do not collude; every opened value is uniform. Sources: masked openings after Sonic and ABY2; digits after
/// CrypTFlow2, section 3; comparison functions of Boyle et al. (2021). Departures: tables of digits come shared from the dealer, so that a
/// look-up at a public point is local; the last product of the tree and the selection are one step; results may have more bits than x.
/// </summary>
/// <remarks>
/// 1. Open x + a (and j + c). With b = -a, x - T is (x + a - T) + b: its sign is that of both summands and of the carry [p &lt; low b] between
/// them, p = 2^(l-1) - 1 - low(x + a - T) being public. 2. Look up lt and eq of each digit, or evaluate the function at p. 3. Open
/// masked bits level by level. 4. Open the last three, or the function's one, and select: d = c + (1 - 2c) t, c public, t the dealt bit.
/// </remarks>
internal static class Selection
{
    /// <summary>What the protocol sends, each way, and its rounds.</summary>
    public static OpeningCost Cost(SelectionShape shape)
    {
        if (shape.ByPrefix) return PrefixSelection.Cost(shape);
        long bytes = (shape.HasPayload ? 2L : 1) * BitPacking.PackedBytes(shape.Elements, shape.RingBits);
        for (int level = 0; level < shape.InnerLevels; level++)
            bytes += (long)DigitTree.OpenedBits(shape.Tree.Levels[level]) * shape.PlaneWords * sizeof(ulong);
        return new OpeningCost(bytes + (long)shape.LastBits * shape.PlaneWords * sizeof(ulong), 2 + shape.InnerLevels);
    }

    /// <summary>Selects.</summary>
    /// <param name="x">Shares of x; bits from l on are ignored.</param>
    /// <param name="payload">Shares of j, or nothing.</param>
    /// <param name="results">One for each threshold.</param>
    /// <param name="payloadResult">Of the only threshold; empty without payload.</param>
    /// <param name="beside">What is opened in the first exchange.</param>
    public static void Run(ServerParty party, SelectionShape shape, Correlation<SelectionShares> correlation, ReadOnlySpan<uint> x,
        ImmutableArray<int> thresholds, ReadOnlySpan<uint> payload, ReadOnlySpan<uint[]> results, Span<uint> payloadResult, Exchange? beside = null)
    {
        SelectionShares shares = correlation.Consume();
        if (shares.Prefix is not null)
        {
            PrefixSelection.Run(party, shape, shares.Prefix, x, thresholds, payload, results, payloadResult, beside);
            return;
        }
        using Rented<uint> opened = new(shape.Elements), openedPayload = new(payload.Length), points = new(shape.Elements);
        Open(party, shape, shares, x, payload, opened.Span, openedPayload.Span, beside);
        using Rented<ulong> last = new(shape.LastBits * shape.PlaneWords);
        using (Rented<ulong> lt = new(shape.Tree.DigitBits.Length * shape.PlaneWords), eq = new(shape.Tree.DigitBits.Length * shape.PlaneWords))
        {
            for (int threshold = 0; threshold < shape.Thresholds; threshold++)
            {
                Points(shape, opened.Span, thresholds[threshold], points.Span);
                if (shape.ByTables) LookUp(shape, shares, points.Span, threshold, lt.Span, eq.Span);
                else Evaluate(party, shape, shares.Functions!, points.Span, lt.Span.Slice(threshold * shape.Words, shape.Words));
            }
            for (int level = 0; level < shape.InnerLevels; level++) Combine(party, shape, shares, level, lt.Span, eq.Span);
            MaskLast(shape, shares, lt.Span, eq.Span, last.Span);
        }
        party.OpenBits(TwoServersTag.LastOpening, last.Span);
        using Rented<byte> flags = new(shape.Elements);
        for (int threshold = 0; threshold < shape.Thresholds; threshold++)
        {
            Flags(shape, last.Span, threshold, opened.Span, thresholds[threshold], flags.Span);
            ReadOnlySpan<CaseShares> cases = shares.Cases.AsSpan().Slice(threshold * shape.Cases, shape.Cases);
            MaskedSelect.Numbers(shape, party.Own, shares.Numbers, cases, flags.Span, opened.Span, thresholds[threshold], results[threshold]);
            if (shape.HasPayload)
                MaskedSelect.Payload(shape, party.Own, shares.PayloadMask, cases, flags.Span, openedPayload.Span, payloadResult);
        }
        shares.Functions?.Keys.Dispose();
    }

    private static void Open(ServerParty party, SelectionShape shape, SelectionShares shares, ReadOnlySpan<uint> x, ReadOnlySpan<uint> payload,
        Span<uint> opened, Span<uint> openedPayload, Exchange? beside)
    {
        for (int i = 0; i < opened.Length; i++) opened[i] = x[i] + shares.Numbers.Mask[i];
        for (int i = 0; i < payload.Length; i++) openedPayload[i] = payload[i] + shares.PayloadMask[i];
        party.SendNumbers(TwoServersTag.NumberOpening, opened, shape.RingBits);
        if (shape.HasPayload) party.SendNumbers(TwoServersTag.NumberOpening, openedPayload, shape.RingBits);
        beside?.Send();
        party.ReceiveNumbers(TwoServersTag.NumberOpening, opened, shape.RingBits, opened);
        if (shape.HasPayload) party.ReceiveNumbers(TwoServersTag.NumberOpening, openedPayload, shape.RingBits, openedPayload);
        beside?.Receive();
    }

    /// <summary>The compared bits of 2^(l-1) - 1 - low(x + a - T).</summary>
    private static void Points(SelectionShape shape, ReadOnlySpan<uint> opened, int threshold, Span<uint> points)
    {
        uint low = Ring.Mask(shape.RingBits - 1);
        for (int i = 0; i < points.Length; i++) points[i] = (~(opened[i] - (uint)threshold) & low) >> shape.DroppedBits;
    }

    private static void LookUp(
        SelectionShape shape, SelectionShares shares, ReadOnlySpan<uint> points, int threshold, Span<ulong> lt, Span<ulong> eq)
    {
        using Rented<byte> bits = new(shape.Elements);
        using Rented<ulong> planes = new(2 * shape.Words);
        for (int digit = 0; digit < shape.Tree.DigitBits.Length; digit++)
        {
            int leafBits = DigitTree.LeafBits(digit), at = digit * shape.PlaneWords + threshold * shape.Words;
            DigitLookUp.Read(shares.Tables[digit], points, shape.Tree.FirstBit(digit), shape.Tree.DigitBits[digit], bits.Span);
            BitPlanes.Split<byte>(bits.Span, leafBits, planes.Span[..(leafBits * shape.Words)]);
            planes.Span[..shape.Words].CopyTo(lt[at..]);
            if (leafBits == 2) planes.Span.Slice(shape.Words, shape.Words).CopyTo(eq[at..]);
        }
    }

    private static void Evaluate(ServerParty party, SelectionShape shape, FunctionShares functions, ReadOnlySpan<uint> points, Span<ulong> bits) =>
        DistributedComparison.Evaluate(functions.Hash, functions.FirstIndex, !party.IsFirst, functions.Keys, functions.Roots, points, bits);

    /// <summary>One inner level of the tree, in place: a node's result takes its low group's place.</summary>
    private static void Combine(ServerParty party, SelectionShape shape, SelectionShares shares, int level, Span<ulong> lt, Span<ulong> eq)
    {
        ImmutableArray<DigitTree.Node> nodes = shape.Tree.Levels[level];
        int words = shape.PlaneWords, at = 0;
        using Rented<ulong> opened = new(DigitTree.OpenedBits(nodes) * words);
        for (int i = 0; i < nodes.Length; i++)
        {
            NodeTriples triples = shares.Inner[level][i];
            Xor(Plane(eq, nodes[i].High, words), triples.A, Plane(opened.Span, at++, words));
            Xor(Plane(lt, nodes[i].Low, words), triples.B, Plane(opened.Span, at++, words));
            if (nodes[i].KeepsEquality) Xor(Plane(eq, nodes[i].Low, words), triples.C, Plane(opened.Span, at++, words));
        }
        party.OpenBits(TwoServersTag.TreeOpening, opened.Span);
        at = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            NodeTriples triples = shares.Inner[level][i];
            ReadOnlySpan<ulong> e = Plane(opened.Span, at++, words), f = Plane(opened.Span, at++, words);
            Span<ulong> low = Plane(lt, nodes[i].Low, words);
            Product(party.IsFirst, e, f, triples.A, triples.B, triples.Ab, low);
            Xor(low, Plane(lt, nodes[i].High, words), low);
            if (nodes[i].KeepsEquality)
                Product(party.IsFirst, e, Plane(opened.Span, at++, words), triples.A, triples.C, triples.Ac, Plane(eq, nodes[i].Low, words));
        }
    }

    /// <summary>With e = u + a and f = v + b opened, uv = ef + eb + fa + ab modulo 2, the first term at the first server only.</summary>
    private static void Product(bool isFirst, ReadOnlySpan<ulong> e, ReadOnlySpan<ulong> f,
        ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> ab, Span<ulong> product)
    {
        ulong own = isFirst ? ulong.MaxValue : 0;
        for (int word = 0; word < product.Length; word++)
            product[word] = (e[word] & f[word] & own) ^ (e[word] & b[word]) ^ (f[word] & a[word]) ^ ab[word];
    }

    private static void MaskLast(SelectionShape shape, SelectionShares shares, ReadOnlySpan<ulong> lt, ReadOnlySpan<ulong> eq, Span<ulong> last)
    {
        int words = shape.PlaneWords;
        if (shape.Cases == 1)
        {
            Xor(lt[..words], shares.LastMasks, last);
            return;
        }
        int high = shape.Tree.Levels[^1][0].High;
        Xor(lt.Slice(high * words, words), shares.LastMasks.AsSpan(0, words), last[..words]);
        Xor(eq.Slice(high * words, words), shares.LastMasks.AsSpan(words, words), last.Slice(words, words));
        Xor(lt[..words], shares.LastMasks.AsSpan(2 * words, words), last[(2 * words)..]);
    }

    /// <summary>
    /// For each element what it selects by: bit 0 is c, bits 1 and 2 the case, bit 3 msb(x + a - T). c is 1 + msb + g, and ef where there is a tree.
    /// </summary>
    private static void Flags(SelectionShape shape, ReadOnlySpan<ulong> last, int threshold, ReadOnlySpan<uint> opened, int bound, Span<byte> flags)
    {
        using Rented<ulong> planes = new(shape.LastBits * shape.Words);
        for (int bit = 0; bit < shape.LastBits; bit++)
            last.Slice(bit * shape.PlaneWords + threshold * shape.Words, shape.Words).CopyTo(planes.Span[(bit * shape.Words)..]);
        if (shape.LastBits == 3)
            for (int word = 0; word < shape.Words; word++)
                planes.Span[word] ^= planes.Span[shape.Words + word] & planes.Span[2 * shape.Words + word];
        BitPlanes.Join<byte>(planes.Span, shape.LastBits, flags);
        for (int i = 0; i < flags.Length; i++)
        {
            uint top = (opened[i] - (uint)bound) >> (shape.RingBits - 1) & 1;
            flags[i] = (byte)(flags[i] ^ 1 ^ top | top << 3);
        }
    }

    private static void Xor(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> result)
    {
        for (int word = 0; word < result.Length; word++) result[word] = left[word] ^ right[word];
    }

    private static Span<ulong> Plane(Span<ulong> planes, int index, int words) => planes.Slice(index * words, words);
}
