using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: from XOR-shares of lt and eq of every digit, XOR-shares of lt of the whole number, for
/// <c>elements * thresholds</c> comparisons at once, bit-sliced. Security: semi-honest, by one bit triple a product (Beaver).
/// Source: the logarithmic combination of CrypTFlow2 (section 3.1). Departure: products of a node share the operand eq_high
/// and thus one opened bit; parties take turns in opening first, so that a level costs one message, not an exchange.
/// </summary>
internal sealed class AndTree
{
    private readonly DigitTree _tree;
    private readonly int _bits;

    /// <param name="bits">Comparisons at once.</param>
    public AndTree(DigitTree tree, int bits)
    {
        _tree = tree;
        _bits = bits;
    }

    private int Words => (_bits + 63) / 64;
    private int VectorBytes => (_bits + 7) / 8;

    /// <summary>Payload of one party's opening on a level.</summary>
    public static long OpeningBytes(ImmutableArray<DigitTree.Node> level, int bits) =>
        (long)DigitTree.OpenedBits(level) * ((bits + 7) / 8);

    /// <summary>Two transfers a node from the server, or one each way where it keeps equality.</summary>
    public Transfers Transfers() => _tree.Levels.SelectMany(level => level).Aggregate(default(Transfers),
        (sum, node) => sum + (node.KeepsEquality ? new Transfers(_bits, _bits) : new Transfers(2L * _bits, 0)));

    /// <summary>Draws the triples of all nodes; no communication.</summary>
    public NodeTriples[][] Prepare(Party party)
    {
        NodeTriples[][] triples = new NodeTriples[_tree.Levels.Length][];
        for (int level = 0; level < triples.Length; level++)
            triples[level] = [.. _tree.Levels[level].Select(node => NodeTriples.Draw(party, _bits, node.KeepsEquality))];
        return triples;
    }

    /// <summary>
    /// Evaluates the tree on this party's shares, in place: afterwards lt[0] is the share of the result. The server
    /// opens first on even levels, the client on odd ones.
    /// </summary>
    public void Run(Party party, NodeTriples[][] triples, ulong[][] lt, ulong[][] eq)
    {
        for (int level = 0; level < triples.Length; level++)
        {
            ImmutableArray<DigitTree.Node> nodes = _tree.Levels[level];
            byte[] mine = new byte[OpeningBytes(nodes, _bits)], theirs = new byte[mine.Length];
            ulong[][] masked = Mask(nodes, triples[level], lt, eq);
            Write(masked, mine);
            if (party.IsServer == (level % 2 == 0))
            {
                party.Channel.Send(MessageTag.TreeOpening, mine);
                party.Channel.Receive(MessageTag.TreeOpening, theirs);
            }
            else
            {
                party.Channel.Receive(MessageTag.TreeOpening, theirs);
                party.Channel.Send(MessageTag.TreeOpening, mine);
            }
            Unmask(masked, theirs);
            Multiply(party.IsServer, nodes, triples[level], masked, lt, eq);
        }
    }

    private ulong[][] Mask(
        ImmutableArray<DigitTree.Node> nodes, NodeTriples[] triples, ulong[][] lt, ulong[][] eq)
    {
        List<ulong[]> masked = [];
        for (int i = 0; i < nodes.Length; i++)
        {
            masked.Add(Xor(eq[nodes[i].High], triples[i].A));
            masked.Add(Xor(lt[nodes[i].Low], triples[i].B));
            if (nodes[i].KeepsEquality) masked.Add(Xor(eq[nodes[i].Low], triples[i].C));
        }
        return [.. masked];
    }

    /// <summary>
    /// With opened e = eq_high + a, f = lt_low + b (bitwise): eq_high lt_low = e f + e b + f a + ab, the first term at the server only.
    /// </summary>
    private static void Multiply(
        bool isServer, ImmutableArray<DigitTree.Node> nodes, NodeTriples[] triples, ulong[][] opened, ulong[][] lt, ulong[][] eq)
    {
        ulong own = isServer ? ulong.MaxValue : 0;
        int at = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            DigitTree.Node node = nodes[i];
            ulong[] e = opened[at++], f = opened[at++];
            ulong[]? g = node.KeepsEquality ? opened[at++] : null;
            NodeTriples triple = triples[i];
            ulong[] high = lt[node.High], low = lt[node.Low];
            for (int word = 0; word < e.Length; word++)
                low[word] = high[word] ^ (e[word] & f[word] & own) ^ (e[word] & triple.B[word])
                            ^ (f[word] & triple.A[word]) ^ triple.Ab[word];
            if (g is null) continue;
            ulong[] equal = eq[node.Low];
            for (int word = 0; word < e.Length; word++)
                equal[word] = (e[word] & g[word] & own) ^ (e[word] & triple.C[word])
                              ^ (g[word] & triple.A[word]) ^ triple.Ac[word];
        }
    }

    private ulong[] Xor(ulong[] left, ulong[] right)
    {
        ulong[] result = new ulong[Words];
        for (int word = 0; word < result.Length; word++) result[word] = left[word] ^ right[word];
        return result;
    }

    private void Write(ulong[][] vectors, Span<byte> message)
    {
        for (int i = 0; i < vectors.Length; i++)
            MemoryMarshal.AsBytes<ulong>(vectors[i])[..VectorBytes].CopyTo(message[(i * VectorBytes)..]);
    }

    private void Unmask(ulong[][] vectors, ReadOnlySpan<byte> message)
    {
        ulong[] theirs = new ulong[Words];
        for (int i = 0; i < vectors.Length; i++)
        {
            message.Slice(i * VectorBytes, VectorBytes).CopyTo(MemoryMarshal.AsBytes(theirs.AsSpan()));
            for (int word = 0; word < theirs.Length; word++) vectors[i][word] ^= theirs[word];
        }
    }
}
