using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Unit.Arithmetic.Bits;

public sealed class BitPackingTests
{
    [Fact]
    public void Bytes_of_every_width_and_length_pack_as_a_bit_string() => EveryWidth<byte>();

    [Fact]
    public void Words_of_16_bits_pack_as_a_bit_string() => EveryWidth<ushort>();

    [Fact]
    public void Words_of_32_bits_pack_as_a_bit_string() => EveryWidth<uint>();

    [Fact]
    public void Words_of_64_bits_pack_as_a_bit_string() => EveryWidth<ulong>();

    [Fact]
    public void Bits_after_the_last_number_must_be_zero()
    {
        byte[] values = new byte[3];
        Assert.True(BitPacking.Unpack([0xff, 0x01], 3, values));
        Assert.False(BitPacking.Unpack([0xff, 0x03], 3, values));
        Assert.False(BitPacking.Unpack([0xff, 0x80], 3, values));
        Assert.True(BitPacking.Unpack([0xff], 4, values.AsSpan(0, 2)));
        Assert.True(BitPacking.Unpack([], 4, values.AsSpan(0, 0)));
    }

    [Fact]
    public void Wrong_widths_and_lengths_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BitPacking.Pack<byte>(new byte[1], 0, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BitPacking.Pack<byte>(new byte[1], 9, new byte[2]));
        Assert.Throws<ArgumentException>(() => BitPacking.Pack<uint>(new uint[3], 3, new byte[1]));
        Assert.Throws<ArgumentException>(() => BitPacking.Unpack<uint>(new byte[3], 3, new uint[3]));
        Assert.Throws<OverflowException>(() => BitPacking.PackedBytes(int.MaxValue, 64));
    }

    private static void EveryWidth<T>() where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        int width = 8 * Marshal.SizeOf<T>();
        using Prg prg = Prg.Derive([], "bit-packing");
        for (int bits = 1; bits <= width; bits++)
            foreach (int count in (int[])[0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 64, 65, 133])
            {
                T[] values = new T[count];
                prg.Fill<T>(values);
                if (count > 2) (values[0], values[1]) = (T.Zero, T.AllBitsSet);
                byte[] expected = BitString(values, bits);
                byte[] packed = new byte[expected.Length];
                Array.Fill(packed, (byte)0xa5);
                BitPacking.Pack<T>(values, bits, packed);
                Assert.Equal(expected, packed);
                BitPacking.PackScalar<T>(values, bits, packed, 0, 0);
                Assert.Equal(expected, packed);
                if (Bmi2.X64.IsSupported) BitPacking.PackBmi2<T>(values, bits, packed);
                Assert.Equal(expected, packed);
                T mask = T.AllBitsSet >>> (width - bits);
                T[] masked = [.. values.Select(v => v & mask)], unpacked = new T[count];
                Assert.True(BitPacking.Unpack(packed, bits, unpacked));
                Assert.Equal(masked, unpacked);
                unpacked.AsSpan().Clear();
                BitPacking.UnpackScalar<T>(packed, bits, unpacked, 0);
                Assert.Equal(masked, unpacked);
            }
    }

    private static byte[] BitString<T>(T[] values, int bits) where T : IBinaryInteger<T>
    {
        byte[] packed = new byte[(values.Length * bits + 7) / 8];
        for (int i = 0; i < values.Length * bits; i++)
            if ((values[i / bits] >>> (i % bits) & T.One) == T.One) packed[i / 8] |= (byte)(1 << (i % 8));
        return packed;
    }
}
