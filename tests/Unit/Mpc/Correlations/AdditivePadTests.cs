using System.Numerics;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Unit.Mpc.Correlations;

public sealed class AdditivePadTests
{
    [Fact]
    public void Shares_add_up_to_bit_times_number_at_every_width_of_32_bits() => EveryWidth<uint>();

    [Fact]
    public void Shares_add_up_to_bit_times_number_at_every_width_of_64_bits() => EveryWidth<ulong>();

    [Fact]
    public void A_stream_with_bits_after_its_end_is_refused()
    {
        ProtocolException fault = Assert.Throws<ProtocolException>(() =>
            AdditivePadReceiver.Unmask<uint>(3, [0x08], new byte[1], new uint[1], new uint[1]));
        Assert.Equal(PeerFault.MalformedMessage, fault.Fault);
    }

    private static void EveryWidth<T>() where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        foreach (int count in (int[])[1, 127, 128, 129])
            for (int bits = 1; bits <= 8 * Marshal.SizeOf<T>(); bits++) Check<T>(bits, count);
    }

    private static void Check<T>(int bits, int count) where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        Transfers transfers = new(count);
        T[] zero = new T[count], one = new T[count], pads = new T[count], x = new T[count];
        T[] sent = new T[count], got = new T[count];
        byte[] random = new byte[count], wanted = new byte[count], corrections = new byte[count];
        AdditivePadSender.Generate<T>(bits, transfers.Hash, 5, transfers.Q, transfers.Delta, zero, one);
        AdditivePadReceiver.Generate<T>(bits, transfers.Hash, 5, transfers.T, random, pads);
        using Prg prg = Prg.Derive([], "additive");
        prg.Fill<T>(x);
        prg.Fill(wanted);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(random[i] == 0 ? zero[i] : one[i], pads[i]);
            wanted[i] &= 1;
            corrections[i] = (byte)(wanted[i] ^ random[i]);
        }
        byte[] masked = new byte[BitPacking.PackedBytes(count, bits)];
        AdditivePadSender.Mask<T>(bits, zero, one, corrections, x, sent, masked);
        AdditivePadReceiver.Unmask<T>(bits, masked, wanted, pads, got);
        T mask = T.CreateTruncating(BitPacking.Mask(bits));
        for (int i = 0; i < count; i++)
        {
            Assert.Equal((wanted[i] == 0 ? T.Zero : x[i]) & mask, (sent[i] + got[i]) & mask);
            Assert.Equal(sent[i], sent[i] & mask);
            Assert.Equal(got[i], got[i] & mask);
        }
    }
}
