using System.Collections.Immutable;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// <see cref="Selection"/> by what the literature does, for comparison: the sign of x by a parallel prefix adder on the bits of both shares, of which
/// only the carry into the highest is wanted, bit-sliced; then bit times number. Functionality and security as there, exact, results modulo 2^l.
/// Source: Liu, Zheng, Yuan, Yi, "Securely Outsourcing Neural Network Inference to the Cloud With Lightweight Techniques" (Sonic, 2023): a ReLU takes
/// 20 l - 16 bits and log2(l) + 2 rounds. All products are generic triples, as there, though each server knows one operand of half of them; some 4 % fewer
/// bits are left because the lowest group propagates nothing. How the bit meets the number is ours.
/// </summary>
/// <remarks>
/// 1. Bits of the shares: g = ab and p = a + b modulo 2. 2. Level by level, of a high and a low group: g = g_high + p_high g_low, p = p_high p_low.
/// 3. d = 1 + msb(a) + msb(b) + g in shares d0, d1; d x = d0 x0 + d1 x1 + d1 (1 - 2 d0) x0 + d0 (1 - 2 d1) x1, the last two by triples modulo 2^l.
/// </remarks>
internal static class PrefixSelection
{
    public static OpeningCost Cost(SelectionShape shape)
    {
        PrefixLayout layout = PrefixLayout.Of(shape);
        long tops = layout.TruncatedBits > 0 ? layout.Words : 0;
        return new OpeningCost((2L * layout.Levels.Sum() * layout.Words + tops) * sizeof(ulong) + BitPacking.PackedBytes(2 * layout.Products, layout.RingBits),
            layout.Levels.Count() + 1);
    }

    /// <inheritdoc cref="Selection.Run"/>
    public static void Run(ServerParty party, SelectionShape shape, PrefixShares shares, ReadOnlySpan<uint> x,
        ImmutableArray<int> thresholds, ReadOnlySpan<uint> payload, ReadOnlySpan<uint[]> results, Span<uint> payloadResult, Exchange? beside)
    {
        PrefixLayout layout = PrefixLayout.Of(shape);
        using Rented<uint> numbers = new(layout.Numbers * (shape.HasPayload ? 2 : 1));
        uint mask = Ring.Mask(shape.RingBits);
        for (int threshold = 0; threshold < shape.Thresholds; threshold++)
            for (int i = 0; i < x.Length; i++)
                numbers.Span[threshold * x.Length + i] = (x[i] - ((uint)thresholds[threshold] & party.Own)) & mask;
        payload.CopyTo(numbers.Span[layout.Numbers..]);
        using Rented<byte> bits = new(layout.Numbers);
        Signs(party, layout, shares, numbers.Span[..layout.Numbers], bits.Span, beside);
        Multiply(party, layout, shares, bits.Span, numbers.Span);
        for (int threshold = 0; threshold < shape.Thresholds; threshold++)
            numbers.Span.Slice(threshold * x.Length, x.Length).CopyTo(results[threshold]);
        numbers.Span[layout.Numbers..].CopyTo(payloadResult);
    }

    /// <summary>This server's share of the bit [x >= 0] of each number.</summary>
    /// <param name="beside">What is opened in the first exchange.</param>
    public static void Signs(
        ServerParty party, PrefixLayout layout, PrefixShares shares, ReadOnlySpan<uint> numbers, Span<byte> bits, Exchange? beside)
    {
        int words = layout.Words;
        using Rented<ulong> planes = new(layout.RingBits * words), generate = new(layout.Leaves * words), none = new(layout.Leaves * words);
        BitPlanes.Split(numbers, layout.RingBits, planes.Span);
        none.Span.Clear();
        Span<ulong> propagate = planes.Span[..(layout.Leaves * words)];
        if (party.IsFirst) Products(party, shares.Levels[0], propagate, none.Span, generate.Span, beside);
        else Products(party, shares.Levels[0], none.Span, propagate, generate.Span, beside);
        int level = 1;
        for (int groups = layout.Leaves; groups > 1; groups = (groups + 1) / 2)
            Merge(party, shares.Levels[level++], groups, words, generate.Span, propagate);
        Span<ulong> sign = planes.Span.Slice(layout.Leaves * words, words);
        ulong flip = party.IsFirst ? ulong.MaxValue : 0;
        for (int word = 0; word < words; word++) sign[word] ^= generate.Span[word] ^ flip;
        BitPlanes.Join(sign, 1, bits);
    }

    /// <summary>Joins groups 2i and 2i + 1 to group i; the lowest needs no p.</summary>
    private static void Merge(ServerParty party, BitTripleShares triples, int groups, int words, Span<ulong> generate, Span<ulong> propagate)
    {
        int pairs = groups / 2, products = 2 * pairs - 1;
        using Rented<ulong> left = new(products * words), right = new(products * words), result = new(products * words);
        for (int i = 0; i < pairs; i++)
        {
            ReadOnlySpan<ulong> high = propagate.Slice((2 * i + 1) * words, words);
            high.CopyTo(left.Span[(i * words)..]);
            generate.Slice(2 * i * words, words).CopyTo(right.Span[(i * words)..]);
            if (i == 0) continue;
            high.CopyTo(left.Span[((pairs + i - 1) * words)..]);
            propagate.Slice(2 * i * words, words).CopyTo(right.Span[((pairs + i - 1) * words)..]);
        }
        Products(party, triples, left.Span, right.Span, result.Span);
        for (int i = 0; i < pairs; i++)
        {
            for (int word = 0; word < words; word++)
                generate[i * words + word] = generate[(2 * i + 1) * words + word] ^ result.Span[i * words + word];
            if (i > 0) result.Span.Slice((pairs + i - 1) * words, words).CopyTo(propagate[(i * words)..]);
        }
        if (groups % 2 == 0) return;
        generate.Slice((groups - 1) * words, words).CopyTo(generate[(pairs * words)..]);
        propagate.Slice((groups - 1) * words, words).CopyTo(propagate[(pairs * words)..]);
    }

    private static void Products(ServerParty party, BitTripleShares triples, ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right,
        Span<ulong> products, Exchange? beside = null)
    {
        int count = products.Length;
        using Rented<ulong> opened = new(2 * count);
        Span<ulong> e = opened.Span[..count], f = opened.Span[count..];
        for (int i = 0; i < count; i++) (e[i], f[i]) = (left[i] ^ triples.A[i], right[i] ^ triples.B[i]);
        party.OpenBits(TwoServersTag.TreeOpening, opened.Span, beside);
        ulong own = party.IsFirst ? ulong.MaxValue : 0;
        for (int i = 0; i < count; i++) products[i] = (e[i] & f[i] & own) ^ (e[i] & triples.B[i]) ^ (f[i] & triples.A[i]) ^ triples.Ab[i];
    }

    /// <summary>Replaces numbers, and payloads behind them, by what the bit makes of them.</summary>
    public static void Multiply(ServerParty party, PrefixLayout layout, PrefixShares shares, ReadOnlySpan<byte> bits, Span<uint> numbers)
    {
        int count = numbers.Length, mine = party.IsFirst ? 0 : count, theirs = count - mine;
        using Rented<uint> opened = new(4 * count);
        Span<uint> e = opened.Span[..(2 * count)], f = opened.Span[(2 * count)..];
        for (int i = 0; i < 2 * count; i++) (e[i], f[i]) = (0 - shares.A[i], 0 - shares.B[i]);
        for (int i = 0; i < count; i++)
        {
            uint bit = bits[i % layout.Numbers];
            e[mine + i] += numbers[i] - 2 * bit * numbers[i];
            f[theirs + i] += bit;
            numbers[i] *= bit;
        }
        party.SendNumbers(TwoServersTag.LastOpening, opened.Span, layout.RingBits);
        party.ReceiveNumbers(TwoServersTag.LastOpening, opened.Span, layout.RingBits, opened.Span);
        uint mask = Ring.Mask(layout.RingBits), own = party.Own;
        for (int i = 0; i < count; i++)
            numbers[i] = (numbers[i] + Product(own, shares, e, f, i) + Product(own, shares, e, f, count + i)) & mask;
    }

    private static uint Product(uint own, PrefixShares shares, ReadOnlySpan<uint> e, ReadOnlySpan<uint> f, int i) =>
        (own & e[i] * f[i]) + e[i] * shares.B[i] + f[i] * shares.A[i] + shares.Ab[i];
}
