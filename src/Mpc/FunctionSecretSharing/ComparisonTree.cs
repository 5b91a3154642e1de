using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.FunctionSecretSharing;

/// <summary>
/// The generator under the trees of distributed comparison: from a seed s its children H(s) and H(s xor 1), and H(s xor 2), of which the low four
/// bits are used. A function's index and level make the tweak, so that none is used twice under one hash.
/// </summary>
internal static class ComparisonTree
{
    /// <summary>Functions of a run: what is worked on at once stays in the first-level cache.</summary>
    public const int Run = 256;

    private const int IndexBits = 48;

    private static Block RightOffset => Vector128.CreateScalar((byte)1);
    private static Block BitsOffset => Vector128.CreateScalar((byte)2);

    public static void Left(CorrelationRobustHash hash, ReadOnlySpan<Block> seeds, int level, ulong firstIndex, Span<Block> children) =>
        hash.Hash(seeds, default, Tweak(level, firstIndex), children);

    public static void Right(CorrelationRobustHash hash, ReadOnlySpan<Block> seeds, int level, ulong firstIndex, Span<Block> children) =>
        hash.Hash(seeds, RightOffset, Tweak(level, firstIndex), children);

    /// <summary>For each seed its control bits (bit 0 left, 1 right) and value bits (bit 2 left, 3 right).</summary>
    public static void Bits(
        CorrelationRobustHash hash, ReadOnlySpan<Block> seeds, int level, ulong firstIndex, Span<Block> scratch, Span<byte> bits)
    {
        hash.Hash(seeds, BitsOffset, Tweak(level, firstIndex), scratch);
        for (int i = 0; i < bits.Length; i++) bits[i] = (byte)(scratch[i].ToScalar() & 15);
    }

    /// <summary>A mask of all ones for 1.</summary>
    public static Block Mask(int bit) => Vector128.Create((byte)-(bit & 1));

    private static ulong Tweak(int level, ulong firstIndex) => ((ulong)level << IndexBits) + firstIndex;
}
