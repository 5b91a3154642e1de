using System.Runtime.Intrinsics;

namespace Blindsight.Mpc.ObliviousTransfer;

/// <summary>Extracts the receiver's choices, bit 0 of each of its blocks. Constant time.</summary>
public static class ChoiceBits
{
    /// <summary>64 choices a word, the first in bit 0; unused bits of the last word are zero.</summary>
    public static void Packed(ReadOnlySpan<Block> t, Span<ulong> choices)
    {
        if (choices.Length != (t.Length + 63) / 64) throw new ArgumentException("64 choices a word.", nameof(choices));
        for (int word = 0; word < choices.Length; word++)
        {
            ReadOnlySpan<Block> some = t.Slice(word * 64, Math.Min(64, t.Length - word * 64));
            ulong bits = 0;
            for (int i = 0; i < some.Length; i++) bits |= (ulong)(some[i].ToScalar() & 1u) << i;
            choices[word] = bits;
        }
    }
}
