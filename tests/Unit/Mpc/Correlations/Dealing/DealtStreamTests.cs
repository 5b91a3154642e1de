using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Unit.Mpc.Correlations.Dealing;

public sealed class DealtStreamTests
{
    private static readonly byte[] FirstSeed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] SecondSeed = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7 + 1))];

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(32)]
    public void Shares_of_every_width_add_up_whatever_was_dealt_before(int bits)
    {
        uint mask = uint.MaxValue >> (32 - bits);
        foreach (int count in new[] { 0, 1, 2, 63, 1000 })
        {
            (DealerStreams dealer, DealtStream first, DealtStream second) = Parties();
            uint[] values = [.. Enumerable.Range(0, count).Select(i => (uint)i * 2654435761)], uniform = new uint[count];
            ulong[] words = [.. Enumerable.Range(0, count).Select(i => (ulong)i * 0x9e3779b97f4a7c15)], bitsDrawn = new ulong[count];
            dealer.Begin(24 * count + 24);
            dealer.Uniform(bits, uniform);
            dealer.Deal(bits, values);
            dealer.UniformBits(bitsDrawn);
            dealer.DealXor(bits, values);
            dealer.DealBits(words);
            second.Begin(dealer.Corrections.ToArray());
            uint[][] shares = [.. Enumerable.Range(0, 6).Select(_ => new uint[count])];
            ulong[][] bitShares = [.. Enumerable.Range(0, 4).Select(_ => new ulong[count])];
            foreach ((DealtStream party, int at) in new[] { (first, 0), (second, 1) })
            {
                party.Uniform(bits, shares[at]);
                party.Dealt(bits, shares[2 + at]);
                party.UniformBits(bitShares[at]);
                party.Dealt(bits, shares[4 + at]);
                party.DealtBits(bitShares[2 + at]);
            }
            second.End();
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(uniform[i], (shares[0][i] + shares[1][i]) & mask);
                Assert.Equal(values[i] & mask, (shares[2][i] + shares[3][i]) & mask);
                Assert.Equal(values[i] & mask, shares[4][i] ^ shares[5][i]);
                Assert.Equal(bitsDrawn[i], bitShares[0][i] ^ bitShares[1][i]);
                Assert.Equal(words[i], bitShares[2][i] ^ bitShares[3][i]);
                Assert.All(shares, share => Assert.True(share[i] <= mask));
            }
        }
    }

    [Fact]
    public void Shares_are_spread_over_the_ring()
    {
        (DealerStreams dealer, DealtStream first, DealtStream second) = Parties();
        uint[] values = new uint[64_000], share = new uint[values.Length];
        dealer.Begin(2 * values.Length);
        dealer.Deal(16, values);
        second.Begin(dealer.Corrections.ToArray());
        foreach (DealtStream party in new[] { first, second })
        {
            party.Dealt(16, share);
            int[] buckets = new int[64];
            foreach (uint element in share) buckets[element >> 10]++;
            double chi = buckets.Sum(count => (count - 1000.0) * (count - 1000) / 1000);
            Assert.InRange(chi, 25, 130);
        }
    }

    [Fact]
    public void Too_few_too_many_and_malformed_corrections_are_refused_by_name()
    {
        (_, _, DealtStream second) = Parties();
        second.Begin(new byte[7]);
        Assert.Equal(PeerFault.WrongLength, Assert.Throws<ProtocolException>(() => second.Dealt(16, new uint[4])).Fault);
        second.Begin(new byte[9]);
        second.Dealt(16, new uint[4]);
        Assert.Equal(PeerFault.WrongLength, Assert.Throws<ProtocolException>(second.End).Fault);
        second.Begin([0xff, 0xff]);
        Assert.Equal(PeerFault.MalformedMessage, Assert.Throws<ProtocolException>(() => second.Dealt(5, new uint[3])).Fault);
    }

    [Fact]
    public void A_seed_has_32_bytes() => Assert.Throws<ArgumentException>(() => new DealtStream(new byte[16], true));

    private static (DealerStreams, DealtStream First, DealtStream Second) Parties() =>
        (new(FirstSeed, SecondSeed), new(FirstSeed, true), new(SecondSeed, false));
}
