using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Blindsight.Mpc.ObliviousTransfer.Trees;

internal static partial class HalfTree
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void ExpandAesNi(
        ReadOnlySpan<Block> roundKeys, NodeCorrection correction, Span<Block> nodes, int count,
        out Block leftSum, out Block rightSum)
    {
        Block left = default, parents = default;
        Vector128<uint> place = Vector128.Create(correction.Position);
        // In bounds: 2 * count
        // <= nodes.Length, checked at the door, and eleven round keys. From the last node down, so that children are written
        // where no unread parent is; eight parents are read before their children are written.
        fixed (Block* k = roundKeys)
        fixed (Block* node = nodes)
        {
            int at = count;
            for (; at >= 8; at -= 8)
                ExpandEight(k, correction.Value, place, node, at - 8, ref left, ref parents);
            for (int i = at - 1; i >= 0; i--)
            {
                Block x = node[i] ^ (correction.Value & Vector128.Equals(Vector128.Create((uint)i), place).AsByte());
                Block input = Sigma(x), y = input ^ k[0];
                for (int round = 1; round < 10; round++) y = AesNi.Encrypt(y, k[round]);
                y = AesNi.EncryptLast(y, k[10]) ^ input;
                node[2 * i] = y;
                node[2 * i + 1] = x ^ y;
                left ^= y;
                parents ^= x;
            }
        }
        leftSum = left;
        rightSum = left ^ parents;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void ExpandEight(
        Block* k, Block value, Vector128<uint> place, Block* node, int from, ref Block leftSum, ref Block parentSum)
    {
        Vector128<uint> index = Vector128.Create((uint)from), one = Vector128<uint>.One;
        Block* x = node + from;
        Block sum = default;
        for (int i = 0; i < 8; i++, index += one)
        {
            x[i] ^= value & Vector128.Equals(index, place).AsByte();
            sum ^= x[i];
        }
        parentSum ^= sum;
        Block key = k[0];
        Block a = Sigma(x[0]) ^ key, b = Sigma(x[1]) ^ key, c = Sigma(x[2]) ^ key, d = Sigma(x[3]) ^ key;
        Block e = Sigma(x[4]) ^ key, f = Sigma(x[5]) ^ key, g = Sigma(x[6]) ^ key, h = Sigma(x[7]) ^ key;
        for (int round = 1; round < 10; round++)
        {
            key = k[round];
            a = AesNi.Encrypt(a, key); b = AesNi.Encrypt(b, key); c = AesNi.Encrypt(c, key); d = AesNi.Encrypt(d, key);
            e = AesNi.Encrypt(e, key); f = AesNi.Encrypt(f, key); g = AesNi.Encrypt(g, key); h = AesNi.Encrypt(h, key);
        }
        key = k[10];
        Block* to = node + 2 * from;
        sum = Children(x[7], AesNi.EncryptLast(h, key), to + 14);
        sum ^= Children(x[6], AesNi.EncryptLast(g, key), to + 12);
        sum ^= Children(x[5], AesNi.EncryptLast(f, key), to + 10);
        sum ^= Children(x[4], AesNi.EncryptLast(e, key), to + 8);
        sum ^= Children(x[3], AesNi.EncryptLast(d, key), to + 6);
        sum ^= Children(x[2], AesNi.EncryptLast(c, key), to + 4);
        sum ^= Children(x[1], AesNi.EncryptLast(b, key), to + 2);
        leftSum ^= sum ^ Children(x[0], AesNi.EncryptLast(a, key), to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Block Children(Block parent, Block permuted, Block* to)
    {
        Block left = permuted ^ Sigma(parent);
        to[0] = left;
        to[1] = parent ^ left;
        return left;
    }
}
