using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Unit.Mpc.Correlations;

public sealed class LeafPadTests
{
    public static TheoryData<int, int> Shapes
    {
        get
        {
            TheoryData<int, int> shapes = [];
            foreach (int m in (int[])[1, 2, 3, 4]) foreach (int w in (int[])[1, 2, 4]) shapes.Add(m, w);
            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_receiver_holds_the_pad_of_its_random_choice_and_only_leaf_bits_are_set(int m, int w)
    {
        LeafShape shape = new(m, w);
        (ulong[] words, byte[] choices, byte[] pads) = Generate(shape, 500);
        for (int i = 0; i < words.Length; i++)
        {
            Assert.InRange(choices[i], 0, shape.Leaves - 1);
            Assert.Equal(words[i] >> (choices[i] * w) & (1UL << w) - 1, pads[i]);
            if (shape.Leaves * w < 64) Assert.Equal(0UL, words[i] >> (shape.Leaves * w));
        }
        Assert.Equal(shape.Leaves, choices.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Shares_add_up_to_the_chosen_entry_of_the_table(int m, int w)
    {
        LeafShape shape = new(m, w);
        foreach (int count in (int[])[1, 31, 32, 33, 500])
        {
            (ulong[] words, byte[] random, byte[] pads) = Generate(shape, count);
            using Prg prg = Prg.Derive([], "leaf-tables");
            ulong[] tables = new ulong[count];
            byte[] wanted = new byte[count], corrections = new byte[count], sent = new byte[count], got = new byte[count];
            prg.Fill<ulong>(tables);
            prg.Fill(wanted);
            for (int i = 0; i < count; i++)
            {
                wanted[i] &= (byte)(shape.Leaves - 1);
                corrections[i] = (byte)(wanted[i] ^ random[i]);
            }
            byte[] masked = new byte[BitPacking.PackedBytes(count, shape.MaskedBits)];
            LeafPadSender.Correct(shape, corrections, words);
            LeafPadSender.Mask(shape, words, tables, sent, masked);
            LeafPadReceiver.Unmask(shape, masked, wanted, pads, new ulong[count], got);
            for (int i = 0; i < count; i++)
                Assert.Equal(tables[i] >> (wanted[i] * w) & (1UL << w) - 1, (ulong)(sent[i] ^ got[i]));
            Assert.All(words, word => Assert.Equal(0UL, word));
        }
    }

    [Fact]
    public void Pads_are_balanced_and_differ_between_leaves()
    {
        LeafShape shape = new(4, 4);
        const int Count = 20_000;
        (ulong[] words, _, _) = Generate(shape, Count);
        double deviation = Math.Sqrt(Count) / 2;
        for (int bit = 0; bit < 64; bit++)
        {
            Assert.InRange(words.Count(x => (x >> bit & 1) == 1), Count / 2 - 5 * deviation, Count / 2 + 5 * deviation);
            for (int other = 0; other < bit; other += 5)
                Assert.InRange(
                    words.Count(x => ((x >> bit ^ x >> other) & 1) == 1), Count / 2 - 5 * deviation, Count / 2 + 5 * deviation);
        }
    }

    [Fact]
    public void A_stream_with_bits_after_its_end_is_refused()
    {
        LeafShape shape = new(2, 1);
        ProtocolException fault = Assert.Throws<ProtocolException>(() => LeafPadReceiver.Unmask(
            shape, [0x08], new byte[1], new byte[1], new ulong[1], new byte[1]));
        Assert.Equal(PeerFault.MalformedMessage, fault.Fault);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 1)]
    [InlineData(4, 0)]
    [InlineData(4, 3)]
    [InlineData(4, 8)]
    public void Shapes_that_do_not_fit_a_word_are_refused(int m, int w) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeafShape(m, w));

    private static (ulong[] Words, byte[] Choices, byte[] Pads) Generate(LeafShape shape, int count)
    {
        Transfers transfers = new(count * shape.IndexBits);
        ulong[] words = new ulong[count];
        byte[] choices = new byte[count], pads = new byte[count];
        LeafPadSender.Generate(shape, transfers.Hash, Transfers.FirstIndex, transfers.Q, transfers.Delta, words);
        LeafPadReceiver.Generate(shape, transfers.Hash, Transfers.FirstIndex, transfers.T, choices, pads);
        return (words, choices, pads);
    }
}
