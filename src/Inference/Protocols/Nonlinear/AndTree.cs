using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Costs;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: from XOR-shares of lt and eq of every digit, XOR-shares of lt of the whole number, for many comparisons at
/// once, bit-sliced. Security: semi-honest, by one bit triple a product (Beaver).
/// Source: the logarithmic combination of CrypTFlow2 (section 3.1). Departure: products of a node share the operand eq_high
/// and thus one opened bit; parties take turns in opening first, so that a level costs one message, not an exchange.
/// </summary>
/// <param name="bits">Comparisons at once.</param>
internal sealed class AndTree(DigitTree tree, int bits)
{
    private int Words => BitPlanes.PlaneWords(bits);

    /// <summary>Draws the triples of all nodes; no communication.</summary>
    public NodeTriples[][] Prepare(Party party)
    {
        NodeTriples[][] triples = new NodeTriples[tree.Levels.Length][];
        for (int level = 0; level < triples.Length; level++)
            triples[level] = [.. tree.Levels[level].Select(node => NodeTriples.Draw(party, bits, node.KeepsEquality))];
        return triples;
    }

    /// <summary>Two transfers a node from the server, or one each way where it keeps equality.</summary>
    public void Prepare(Script script)
    {
        foreach (DigitTree.Node node in tree.Levels.SelectMany(level => level)) NodeTriples.Draw(script, bits, node.KeepsEquality);
    }

    /// <summary>Openings of whole words.</summary>
    public void Run(Script script)
    {
        for (int level = 0; level < tree.Levels.Length; level++)
        {
            Role first = level % 2 == 0 ? Role.Server : Role.Client;
            long bytes = (long)DigitTree.OpenedBits(tree.Levels[level]) * Words * sizeof(ulong);
            script.Message(first, bytes);
            script.Message(1 - first, bytes);
        }
    }

    /// <summary>
    /// Evaluates the tree on this party's shares, in place: afterwards the plane of digit 0 in <paramref name="lt"/> is the share of the
    /// result. The server opens first on even levels, the client on odd ones.
    /// </summary>
    /// <param name="lt">One plane a digit.</param>
    /// <param name="eq">Likewise; that of digit 0 is not used.</param>
    public void Run(Party party, NodeTriples[][] triples, Span<ulong> lt, Span<ulong> eq)
    {
        for (int level = 0; level < triples.Length; level++)
        {
            ImmutableArray<DigitTree.Node> nodes = tree.Levels[level];
            int opened = DigitTree.OpenedBits(nodes) * Words;
            using Rented<ulong> mine = new(opened), theirs = new(opened);
            Mask(nodes, triples[level], lt, eq, mine.Span);
            Exchange(party, party.IsServer == (level % 2 == 0), mine.Span, theirs.Span);
            for (int word = 0; word < opened; word++) mine.Span[word] ^= theirs.Span[word];
            Multiply(party.IsServer, nodes, triples[level], mine.Span, lt, eq);
        }
    }

    private static void Exchange(Party party, bool first, ReadOnlySpan<ulong> mine, Span<ulong> theirs)
    {
        if (first) party.Channel.Send(MessageTag.TreeOpening, MemoryMarshal.AsBytes(mine));
        party.Channel.Receive(MessageTag.TreeOpening, MemoryMarshal.AsBytes(theirs));
        if (!first) party.Channel.Send(MessageTag.TreeOpening, MemoryMarshal.AsBytes(mine));
    }

    private void Mask(ImmutableArray<DigitTree.Node> nodes, NodeTriples[] triples, ReadOnlySpan<ulong> lt, ReadOnlySpan<ulong> eq, Span<ulong> masked)
    {
        int at = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            Xor(Plane(eq, nodes[i].High), triples[i].A, Plane(masked, at++));
            Xor(Plane(lt, nodes[i].Low), triples[i].B, Plane(masked, at++));
            if (nodes[i].KeepsEquality) Xor(Plane(eq, nodes[i].Low), triples[i].C, Plane(masked, at++));
        }
    }

    /// <summary>
    /// With opened e = eq_high + a, f = lt_low + b (bitwise): eq_high lt_low = e f + e b + f a + ab, the first term at the server only.
    /// </summary>
    private void Multiply(
        bool isServer, ImmutableArray<DigitTree.Node> nodes, NodeTriples[] triples, ReadOnlySpan<ulong> opened, Span<ulong> lt, Span<ulong> eq)
    {
        int at = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            (DigitTree.Node node, NodeTriples triple) = (nodes[i], triples[i]);
            ReadOnlySpan<ulong> e = Plane(opened, at++), f = Plane(opened, at++);
            Span<ulong> low = Plane(lt, node.Low);
            Product(isServer, e, f, triple.A, triple.B, triple.Ab, low);
            Xor(low, Plane(lt, node.High), low);
            if (node.KeepsEquality) Product(isServer, e, Plane(opened, at++), triple.A, triple.C, triple.Ac, Plane(eq, node.Low));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Product(bool isServer, ReadOnlySpan<ulong> e, ReadOnlySpan<ulong> f,
        ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> ab, Span<ulong> product)
    {
        ulong own = isServer ? ulong.MaxValue : 0;
        for (int word = 0; word < product.Length; word++)
            product[word] = (e[word] & f[word] & own) ^ (e[word] & b[word]) ^ (f[word] & a[word]) ^ ab[word];
    }

    private static void Xor(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> result)
    {
        for (int word = 0; word < result.Length; word++) result[word] = left[word] ^ right[word];
    }

    private Span<ulong> Plane(Span<ulong> planes, int index) => planes.Slice(index * Words, Words);

    private ReadOnlySpan<ulong> Plane(ReadOnlySpan<ulong> planes, int index) => planes.Slice(index * Words, Words);
}
