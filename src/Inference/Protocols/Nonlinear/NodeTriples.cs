using Blindsight.Arithmetic.Bits;
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
        if (keepsEquality) triples.DrawSharedOperand(party, bits);
        else if (party.IsServer) triples.DrawFromSender(party, bits);
        else triples.DrawFromReceiver(party, bits);
        return triples;
    }

    private void DrawSharedOperand(Party party, int bits)
    {
        using SecretBlocks sent = new(bits), received = new(bits);
        (ulong sentIndex, ulong receivedIndex) = (0, 0);
        if (party.IsServer) sentIndex = party.Sender.Extend(sent.Span);
        receivedIndex = party.Receiver.Extend(received.Span);
        if (!party.IsServer) sentIndex = party.Sender.Extend(sent.Span);
        SharedOperandTriples.Generate(
            bits, new SentTransfers(party.SenderHash, sentIndex, sent.Span, party.Sender.Delta),
            new ReceivedTransfers(party.ReceiverHash, receivedIndex, received.Span), A, B, C, Ab, Ac);
    }

    private void DrawFromSender(Party party, int bits)
    {
        using SecretBlocks q = new(2 * bits);
        ulong index = party.Sender.Extend(q.Span);
        BitTriples.FromSender(bits, party.SenderHash, index, q.Span, party.Sender.Delta, A, B, Ab);
    }

    private void DrawFromReceiver(Party party, int bits)
    {
        using SecretBlocks t = new(2 * bits);
        ulong index = party.Receiver.Extend(t.Span);
        BitTriples.FromReceiver(bits, party.ReceiverHash, index, t.Span, A, B, Ab);
    }
}
