using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Mpc.Correlations;

/// <summary>The two lowest bits of up to 64 hashes, gathered into a word each.</summary>
internal readonly record struct HashedBits(ulong Low, ulong High)
{
    public static HashedBits Of(CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> x, Block offset)
    {
        Span<ulong> hashes = stackalloc ulong[64];
        hashes = hashes[..x.Length];
        hash.HashLow(x, offset, firstIndex, hashes);
        ulong low = 0, high = 0;
        for (int i = 0; i < hashes.Length; i++)
        {
            low |= (hashes[i] & 1) << i;
            high |= (hashes[i] >> 1 & 1) << i;
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(hashes));
        return new HashedBits(low, high);
    }

    /// <summary>The choices of up to 64 received transfers.</summary>
    public static ulong Choices(ReadOnlySpan<Block> t)
    {
        Span<ulong> word = stackalloc ulong[1];
        ChoiceBits.Packed(t, word);
        return word[0];
    }
}
