using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Arithmetic.Randomness;

public sealed class CorrelationRobustHashTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 16).Select(i => (byte)(i * 11))];

    public static TheoryData<bool> Paths => System.Runtime.Intrinsics.X86.Aes.IsSupported ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Hash_is_the_formula_for_every_tail_length(bool hardware)
    {
        using CorrelationRobustHash hash = new(Key, hardware);
        using Prg prg = Prg.Derive([], "hash-test");
        Block offset = Random(prg, 1)[0];
        for (int count = 0; count < 40; count++)
        {
            Block[] x = Random(prg, count), y = new Block[count];
            ulong[] low = new ulong[count];
            ulong first = ulong.MaxValue - 5;
            hash.Hash(x, offset, first, y);
            hash.HashLow(x, offset, first, low);
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(Formula(x[i] ^ offset, unchecked(first + (ulong)i)), y[i]);
                Assert.Equal(y[i].AsUInt64()[0], low[i]);
            }
            hash.Hash(x, offset, first, x);
            Assert.Equal(y, x);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Batches_cross_their_boundary(bool hardware)
    {
        using CorrelationRobustHash hash = new(Key, hardware);
        using Prg prg = Prg.Derive([], "hash-test");
        Block[] x = Random(prg, 300), y = new Block[300];
        hash.Hash(x, default, 9, y);
        for (int i = 0; i < x.Length; i++) Assert.Equal(Formula(x[i], 9 + (ulong)i), y[i]);
    }

    [Fact]
    public void Directions_of_one_connection_hash_differently()
    {
        using CorrelationRobustHash one = CorrelationRobustHash.ForConnection([1, 2], "a");
        using CorrelationRobustHash two = CorrelationRobustHash.ForConnection([1, 2], "b");
        Block[] x = new Block[1], y = new Block[1], z = new Block[1];
        one.Hash(x, default, 0, y);
        two.Hash(x, default, 0, z);
        Assert.NotEqual(y[0], z[0]);
    }

    private static Block[] Random(Prg prg, int count)
    {
        Block[] x = new Block[count];
        prg.Fill<Block>(x);
        return x;
    }

    private static Block Formula(Block x, ulong index)
    {
        Block inner = Permute(x);
        return Permute(inner ^ Vector128.Create(index, 0UL).AsByte()) ^ inner;
    }

    private static Block Permute(Block x)
    {
        using Aes aes = Aes.Create();
        aes.SetKey(Key);
        byte[] bytes = new byte[16];
        x.CopyTo(bytes);
        return Vector128.Create(aes.EncryptEcb(bytes, PaddingMode.None));
    }
}
