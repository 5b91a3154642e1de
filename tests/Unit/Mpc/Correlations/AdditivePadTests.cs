using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Unit.Mpc.Correlations;

public sealed class AdditivePadTests
{
    [Fact]
    public void Shares_add_up_to_bit_times_number_at_every_width()
    {
        foreach (int count in (int[])[1, 63, 64, 127, 128, 129])
            for (int bits = 1; bits <= 32; bits++) Check(bits, count);
    }

    [Fact]
    public void A_stream_with_bits_after_its_end_is_refused()
    {
        ProtocolException fault = Assert.Throws<ProtocolException>(() =>
            AdditivePadReceiver.Unmask(3, [0x08], new ulong[1], new uint[1], new uint[1]));
        Assert.Equal(PeerFault.MalformedMessage, fault.Fault);
    }

    private static void Check(int bits, int count)
    {
        Transfers transfers = new(count);
        int words = BitPlanes.PlaneWords(count);
        uint[] zero = new uint[count], one = new uint[count], pads = new uint[count], x = new uint[count];
        uint[] sent = new uint[count], got = new uint[count];
        ulong[] random = new ulong[words], wanted = new ulong[words], corrections = new ulong[words];
        AdditivePadSender.Generate(bits, transfers.Hash, 5, transfers.Q, transfers.Delta, zero, one);
        AdditivePadReceiver.Generate(bits, transfers.Hash, 5, transfers.T, random, pads);
        using Prg prg = Prg.Derive([], "additive");
        prg.Fill<uint>(x);
        prg.Fill<ulong>(wanted);
        for (int i = 0; i < count; i++) Assert.Equal(Bit(random, i) == 0 ? zero[i] : one[i], pads[i]);
        for (int word = 0; word < words; word++) corrections[word] = wanted[word] ^ random[word];
        byte[] masked = new byte[BitPacking.PackedBytes(count, bits)];
        AdditivePadSender.Mask(bits, zero, one, corrections, x, sent, masked);
        AdditivePadReceiver.Unmask(bits, masked, wanted, pads, got);
        uint mask = (uint)BitPacking.Mask(bits);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal((Bit(wanted, i) * x[i]) & mask, (sent[i] + got[i]) & mask);
            Assert.Equal(sent[i], sent[i] & mask);
            Assert.Equal(got[i], got[i] & mask);
        }
    }

    private static uint Bit(ulong[] words, int i) => (uint)(words[i / 64] >> (i % 64) & 1);
}
