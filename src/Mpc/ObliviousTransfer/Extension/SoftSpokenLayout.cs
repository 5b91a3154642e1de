using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Extension;

/// <summary>
/// How a SoftSpoken extension is cut into groups and messages, shared by both ends, and what it costs. Group i is byte
/// i of Delta; bit 0 of Delta is fixed, so group 0 has seven bits.
/// </summary>
public static class SoftSpokenLayout
{
    internal const int Groups = 16;

    /// <summary>Payload of the message that sets up the trees: two blocks for each base transfer in use.</summary>
    public const int SetupBytes = 2 * 16 * 127;

    /// <summary>
    /// The cost of <paramref name="count"/> transfers in one call: 15 bits each, rounded up to 128 transfers, from the
    /// receiver to the sender, and the setup when it is the first call.
    /// </summary>
    public static ProtocolCost CostOf(long count, bool first)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0) return ProtocolCost.None;
        long columnBytes = (count + 127) / 128 * 16, messages = (count + IknpLayout.ChunkCount - 1) / IknpLayout.ChunkCount;
        return new(0, (Groups - 1) * columnBytes + (first ? SetupBytes : 0), 0, messages + (first ? 1 : 0), 1);
    }

    /// <summary>Bits of a group.</summary>
    internal static int Bits(int group) => group == 0 ? 7 : 8;

    /// <summary>The lowest bit of Delta in a group.</summary>
    internal static int FirstBit(int group) => group == 0 ? 1 : 8 * group;

    /// <summary>The base transfer that belongs to a level of a group's tree: the highest bit is nearest to the
    /// root.</summary>
    internal static int BaseTransfer(int group, int level) => FirstBit(group) + Bits(group) - 1 - level;

    /// <summary>The permutation of all setup trees; these have fresh roots and offsets.</summary>
    internal static FixedKeyPermutation CreatePermutation()
    {
        using Prg prg = Prg.Derive([], "softspoken-trees");
        Span<byte> key = stackalloc byte[16];
        prg.Fill(key);
        return new FixedKeyPermutation(key);
    }
}
