using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.FunctionSecretSharing;

/// <summary>
/// Walks both parties' trees along the secrets and writes the correction words, a run of functions at a time. On the way the parties' control bits
/// differ and the xor of their values is known; off it everything of theirs is to be equal from the first wrong turn on.
/// </summary>
internal sealed class ComparisonDealing(CorrelationRobustHash hash, ComparisonKeys keys)
{
    private readonly Block[] _left = new Block[2 * ComparisonTree.Run], _right = new Block[2 * ComparisonTree.Run];
    private readonly Block[] _seeds = new Block[2 * ComparisonTree.Run], _scratch = new Block[ComparisonTree.Run];
    private readonly byte[] _bits = new byte[2 * ComparisonTree.Run], _control = new byte[2 * ComparisonTree.Run], _value = new byte[ComparisonTree.Run];

    public void Deal(int from, ulong index, ReadOnlySpan<uint> secrets, ReadOnlySpan<Block> firstRoots, ReadOnlySpan<Block> secondRoots)
    {
        int count = secrets.Length;
        firstRoots.CopyTo(Seeds(0, count));
        secondRoots.CopyTo(Seeds(1, count));
        Control(0, count).Clear();
        Control(1, count).Fill(1);
        _value.AsSpan(0, count).Clear();
        for (int level = 0; level < keys.Levels; level++)
        {
            for (int party = 0; party < 2; party++)
            {
                ReadOnlySpan<Block> seeds = Seeds(party, count);
                ComparisonTree.Left(hash, seeds, level, index, Of(_left, party, count));
                ComparisonTree.Right(hash, seeds, level, index, Of(_right, party, count));
                ComparisonTree.Bits(hash, seeds, level, index, _scratch.AsSpan(0, count), _bits.AsSpan(party * ComparisonTree.Run, count));
            }
            Correct(level * keys.Count + from, secrets, keys.DomainBits - 1 - level);
        }
        for (int party = 0; party < 2; party++)
            ComparisonTree.Left(hash, Seeds(party, count), keys.Levels, index, Of(_left, party, count));
        CorrectLeaves(from, secrets);
        Clear();
    }

    private void Correct(int at, ReadOnlySpan<uint> secrets, int shift)
    {
        ReadOnlySpan<Block> left0 = Of(_left, 0, secrets.Length), left1 = Of(_left, 1, secrets.Length);
        ReadOnlySpan<Block> right0 = Of(_right, 0, secrets.Length), right1 = Of(_right, 1, secrets.Length);
        Span<Block> seeds0 = Seeds(0, secrets.Length), seeds1 = Seeds(1, secrets.Length);
        Span<byte> control0 = Control(0, secrets.Length), control1 = Control(1, secrets.Length);
        for (int i = 0; i < secrets.Length; i++)
        {
            int bit = (int)(secrets[i] >> shift & 1), both = _bits[i] ^ _bits[ComparisonTree.Run + i];
            Block isRight = ComparisonTree.Mask(bit);
            // The side that the secret does not take loses what distinguishes the parties.
            Block correction = ((left0[i] ^ left1[i]) & isRight) | Vector128.AndNot(right0[i] ^ right1[i], isRight);
            int lostValue = both >> (3 - bit) & 1, keptValue = both >> (2 + bit) & 1;
            int value = lostValue ^ _value[i] ^ bit;
            int controlLeft = both & 1 ^ bit ^ 1, controlRight = both >> 1 & 1 ^ bit;
            keys.Seeds[at + i] = correction;
            keys.Flags[at + i] = (byte)(value | controlLeft << 1 | controlRight << 2);
            _value[i] ^= (byte)(keptValue ^ value);
            seeds0[i] = Vector128.AndNot(left0[i], isRight) | (right0[i] & isRight);
            seeds1[i] = Vector128.AndNot(left1[i], isRight) | (right1[i] & isRight);
            seeds0[i] ^= correction & ComparisonTree.Mask(control0[i]);
            seeds1[i] ^= correction & ComparisonTree.Mask(control1[i]);
            int kept = (controlLeft & ~bit | controlRight & bit) & 1;
            control0[i] = (byte)((_bits[i] >> bit & 1) ^ (control0[i] & kept));
            control1[i] = (byte)((_bits[ComparisonTree.Run + i] >> bit & 1) ^ (control1[i] & kept));
        }
    }

    /// <summary>The parties' leaves shall differ by the bits [j less than the secret's low bits] and what their values differ by.</summary>
    private void CorrectLeaves(int from, ReadOnlySpan<uint> secrets)
    {
        ReadOnlySpan<Block> leaf0 = Of(_left, 0, secrets.Length), leaf1 = Of(_left, 1, secrets.Length);
        for (int i = 0; i < secrets.Length; i++)
        {
            // 2^low - 1, by words: a shift of 128 bits would branch on how far.
            uint low = secrets[i] & ((1u << ComparisonKeys.LeafBits) - 1);
            ulong below = (1UL << (int)(low & 63)) - 1, isHigh = 0 - (ulong)(low >> 6);
            Block table = Vector128.Create(below | isHigh, below & isHigh).AsByte();
            keys.Leaves[from + i] = leaf0[i] ^ leaf1[i] ^ table ^ ComparisonTree.Mask(_value[i]);
        }
    }

    private Span<Block> Seeds(int party, int count) => Of(_seeds, party, count);

    private Span<byte> Control(int party, int count) => _control.AsSpan(party * ComparisonTree.Run, count);

    private static Span<Block> Of(Block[] blocks, int party, int count) => blocks.AsSpan(party * ComparisonTree.Run, count);

    private void Clear()
    {
        foreach (Block[] blocks in new[] { _left, _right, _seeds, _scratch })
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(blocks.AsSpan()));
        foreach (byte[] bytes in new[] { _bits, _control, _value }) CryptographicOperations.ZeroMemory(bytes);
    }
}
