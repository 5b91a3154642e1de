using System.Numerics;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Unit.Arithmetic.Bits;

public sealed class BitPlanesTests
{
    [Fact]
    public void Bytes_split_and_join() => EveryWidth<byte>();

    [Fact]
    public void Words_of_16_bits_split_and_join() => EveryWidth<ushort>();

    [Fact]
    public void Words_of_32_bits_split_and_join() => EveryWidth<uint>();

    [Fact]
    public void Words_of_64_bits_split_and_join() => EveryWidth<ulong>();

    [Fact]
    public void Tiles_agree_on_every_path()
    {
        using Prg prg = Prg.Derive([], "tiles");
        byte[] bytes = new byte[64], back = new byte[64];
        ulong[] scalar = new ulong[8], vector = new ulong[8];
        for (int trial = 0; trial < 100; trial++)
        {
            prg.Fill(bytes);
            BitPlanes.BytesToRowsScalar(bytes, scalar);
            BitPlanes.RowsToBytesScalar(scalar, back);
            Assert.Equal(bytes, back);
            if (!BitPlanes.IsVector512Supported) continue;
            BitPlanes.BytesToRowsVector512(bytes, vector);
            Assert.Equal(scalar, vector);
            BitPlanes.RowsToBytesVector512(vector, back);
            Assert.Equal(bytes, back);
        }
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => BitPlanes.Split<byte>(new byte[65], 3, new ulong[5]));
        Assert.Throws<ArgumentException>(() => BitPlanes.Join<byte>(new ulong[7], 3, new byte[65]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitPlanes.Split<byte>(new byte[64], 9, new ulong[9]));
    }

    private static void EveryWidth<T>() where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int width = 8 * Marshal.SizeOf<T>();
        using Prg prg = Prg.Derive([], "bit-planes");
        for (int bits = 1; bits <= width; bits++)
            foreach (int count in (int[])[0, 1, 63, 64, 65, 200])
            {
                T[] values = new T[count], joined = new T[count];
                prg.Fill<T>(values);
                int words = BitPlanes.PlaneWords(count);
                ulong[] planes = new ulong[bits * words], expected = new ulong[bits * words];
                for (int i = 0; i < count; i++)
                    for (int b = 0; b < bits; b++)
                        expected[b * words + i / 64] |= ulong.CreateTruncating(values[i] >>> b & T.One) << (i % 64);
                BitPlanes.Split<T>(values, bits, planes);
                Assert.Equal(expected, planes);
                BitPlanes.Join(planes, bits, joined);
                T mask = T.AllBitsSet >>> (width - bits);
                Assert.Equal(values.Select(v => v & mask), joined);
            }
    }
}
