using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Costs;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>XOR-shares of random bit vectors a, b, ab and, for nodes that keep equality, c and ac.</summary>
internal sealed record NodeTriples(ulong[] A, ulong[] B, ulong[] C, ulong[] Ab, ulong[] Ac)
{
    /// <summary>Draws one for each of <paramref name="bits"/> comparisons; no communication beyond correlated OT's own.</summary>
    public static NodeTriples Draw(Party party, int bits, bool keepsEquality)
    {
        int words = BitPlanes.PlaneWords(bits), pair = keepsEquality ? words : 0;
        NodeTriples triples = new(new ulong[words], new ulong[words], new ulong[pair], new ulong[words], new ulong[pair]);
        int run = Math.Min(Chunks.Triples, bits);
        using Rented<Block> first = new(run), second = new(run), both = new(2 * run);
        for (int from = 0; from < bits; from += Chunks.Triples)
        {
            int count = Math.Min(Chunks.Triples, bits - from);
            if (keepsEquality) triples.DrawSharedOperand(party, from, first.Span[..count], second.Span[..count]);
            else triples.DrawOneWay(party, from, both.Span[..(2 * count)]);
        }
        return triples;
    }

    /// <inheritdoc cref="Draw(Party, int, bool)"/>
    public static void Draw(Script script, int bits, bool keepsEquality)
    {
        for (int from = 0; from < bits; from += Chunks.Triples)
        {
            int count = Math.Min(Chunks.Triples, bits - from);
            script.Extends(Role.Server, keepsEquality ? count : 2 * count);
            if (keepsEquality) script.Extends(Role.Client, count);
        }
    }

    private void DrawSharedOperand(Party party, int from, Span<Block> sent, Span<Block> received)
    {
        (ulong sentIndex, ulong receivedIndex) = (0, 0);
        if (party.IsServer) sentIndex = party.Sender.Extend(sent);
        receivedIndex = party.Receiver.Extend(received);
        if (!party.IsServer) sentIndex = party.Sender.Extend(sent);
        int count = sent.Length;
        SharedOperandTriples.Generate(
            count, new SentTransfers(party.SenderHash, sentIndex, sent, party.Sender.Delta),
            new ReceivedTransfers(party.ReceiverHash, receivedIndex, received),
            Run(A, from, count), Run(B, from, count), Run(C, from, count), Run(Ab, from, count), Run(Ac, from, count));
    }

    private void DrawOneWay(Party party, int from, Span<Block> transfers)
    {
        int count = transfers.Length / 2;
        Span<ulong> a = Run(A, from, count), b = Run(B, from, count), ab = Run(Ab, from, count);
        if (party.IsServer)
            BitTriples.FromSender(count, party.SenderHash, party.Sender.Extend(transfers), transfers, party.Sender.Delta, a, b, ab);
        else BitTriples.FromReceiver(count, party.ReceiverHash, party.Receiver.Extend(transfers), transfers, a, b, ab);
    }

    private static Span<ulong> Run(ulong[] vector, int from, int count) => vector.AsSpan(from / 64, BitPlanes.PlaneWords(count));
}
