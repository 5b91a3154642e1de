using Blindsight.Mpc.Correlations;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>XOR-shares of random bit vectors a, b, ab and, for nodes that keep equality, c and ac.</summary>
internal sealed record NodeTriples(ulong[] A, ulong[] B, ulong[] C, ulong[] Ab, ulong[] Ac)
{
    /// <summary>Draws one for each of <paramref name="bits"/> comparisons; all transfers run from the server to the client.</summary>
    public static NodeTriples Draw(Party party, int bits, bool keepsEquality)
    {
        int words = (bits + 63) / 64, pair = keepsEquality ? words : 0;
        NodeTriples triples = new(new ulong[words], new ulong[words], new ulong[pair], new ulong[words], new ulong[pair]);
        return triples;
    }
}
