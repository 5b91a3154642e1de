using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.Nonlinear;

public sealed class ClampTests
{
    [Theory]
    [InlineData(6, 0, null)]
    [InlineData(7, null, 3)]
    [InlineData(7, -4, 9)]
    [InlineData(8, 0, 20)]
    public void Clamp_agrees_with_the_integers_for_every_pair_of_shares(int bits, int? low, int? high)
    {
        int ring = 1 << bits, quarter = ring / 4;
        uint[] client = new uint[ring * ring], server = new uint[ring * ring];
        for (int i = 0; i < client.Length; i++) (client[i], server[i]) = ((uint)(i % ring), (uint)(i / ring));
        int[] actual = Run(bits, low, high, client, server);
        for (int i = 0; i < client.Length; i++)
        {
            int x = Ring.Signed(client[i] + server[i], bits);
            if (Math.Abs(x) >= (low == 0 && high is null ? ring : quarter)) continue;
            Assert.Equal(Math.Min(Math.Max(x, low ?? x), high ?? int.MaxValue), actual[i]);
        }
    }

    [Theory]
    [InlineData(8, 0, null, 3)]
    [InlineData(8, null, 3, 2)]
    [InlineData(8, -4, 9, 3)]
    [InlineData(7, 0, 24, 2)]
    public void Dropped_bits_matter_only_just_above_a_bound_for_every_pair_of_shares(int bits, int? low, int? high, int dropped)
    {
        int ring = 1 << bits, window = 1 << dropped, touched = 0;
        uint[] client = new uint[ring * ring], server = new uint[ring * ring];
        for (int i = 0; i < client.Length; i++) (client[i], server[i]) = ((uint)(i % ring), (uint)(i / ring));
        int[] actual = Run(bits, low, high, client, server, dropped);
        for (int i = 0; i < client.Length; i++)
        {
            int x = Ring.Signed(client[i] + server[i], bits), expected = Math.Min(Math.Max(x, low ?? x), high ?? int.MaxValue);
            if (Math.Abs(x) >= ring / 4) continue;
            if (x >= low && x < low + window) Assert.Contains(actual[i], new[] { low.Value, x });
            else if (x >= high && x < high + window) Assert.Contains(actual[i], new[] { high.Value, x });
            else Assert.Equal(expected, actual[i]);
            if (actual[i] != expected) touched++;
        }
        Assert.NotEqual(0, touched);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(20)]
    [InlineData(24)]
    public void Relu_is_exact_at_every_width_and_odd_length(int bits)
    {
        foreach (int length in new[] { 1, 63, 64, 65, 1000, Chunks.Elements, 2 * Chunks.Elements + 77 })
        {
            int half = 1 << (bits - 1);
            int[] edges = [0, 1, -1, half - 1, -half, half / 2, -half / 2];
            int[] values = [.. Enumerable.Range(0, length).Select(i => i < edges.Length ? edges[i] : (i * 7919 * 104729) % half)];
            (uint[] client, uint[] server) = TestParties.Share(values, bits, (ulong)length);
            Assert.Equal(values.Select(value => Math.Max(value, 0)), Run(bits, 0, null, client, server));
        }
    }

    [Theory]
    [InlineData(0, null, 640)]
    [InlineData(0, 6, 640)]
    [InlineData(-3, 6, 9001)]
    public void Cost_is_what_the_channel_counts(int? low, int? high, int Elements)
    {
        Clamp clamp = new(Elements, 16, low, high);
        (uint[] client, uint[] server) = TestParties.Share(new int[Elements], 16, 3);
        var result = TestParties.Run(party => Evaluate(party, clamp, client), party => Evaluate(party, clamp, server));
        (long up, long down) = Tally.Of(clamp.Prepare, clamp.FixChoices, clamp.Run).Bytes;
        Assert.Equal(up, result.FirstCounters.PayloadSent);
        Assert.Equal(down, result.FirstCounters.PayloadReceived);
    }

    /// <summary>Bits for a million elements, both directions, offline and online, the next layer's opening apart.</summary>
    [Theory]
    [InlineData(0, null, 0, 118 + 34)]
    [InlineData(0, null, 3, 12 + 75 + 10 + 34)]
    [InlineData(0, 6 << 9, 3, 12 + 150 + 20 + 34 + 6)]
    public void A_clamp_of_16_bits_takes_so_many_bits(int? low, int? high, int dropped, int expected)
    {
        const int Elements = 64 * 15625;
        Clamp clamp = new(Elements, 16, low, high, dropped);
        (long up, long down) = Tally.Of(clamp.Prepare, clamp.FixChoices, clamp.Run).Bytes;
        Assert.Equal(expected, 8.0 * (up + down) / Elements, 3);
    }

    [Fact]
    public void A_relu_of_16_bits_with_its_extension_takes_22_bytes_and_24_transfers()
    {
        const int Elements = 64 * 15625;
        Clamp clamp = new(Elements, 16, 0, null);
        Extension extension = new(Elements, 16, signed: false);
        Tally tally = Tally.Of(clamp.Prepare, clamp.FixChoices, clamp.Run, extension.Prepare, extension.Run);
        Assert.InRange((double)(tally.ClientToServer + tally.ServerToClient) / Elements, 21, 22);
        Assert.Equal(new Transfers(21L * Elements, 3L * Elements), tally.Transfers);
    }

    [Fact]
    public void Choices_known_offline_leave_five_rounds_online()
    {
        Clamp clamp = new(100, 16, 0, null);
        (uint[] client, uint[] server) = TestParties.Share(new int[100], 16, 3);
        var result = TestParties.Run(party => OnlineRounds(party, clamp, client), party => OnlineRounds(party, clamp, server));
        Assert.Equal(5, Math.Max(result.First, result.Second));
    }

    [Fact]
    public void Transcripts_depend_on_nothing_but_seeds_and_shares()
    {
        (uint[] client, uint[] server) = TestParties.Share(Enumerable.Range(-50, 100).ToArray(), 16, 9);
        string Hash()
        {
            Clamp clamp = new(100, 16, 0, null);
            return TestParties.Run(
                party => Evaluate(party, clamp, client), party => Evaluate(party, clamp, server)).TranscriptHash;
        }
        Assert.Equal(Hash(), Hash());
    }

    [Fact]
    public void A_correlation_cannot_be_used_twice()
    {
        (uint[] client, uint[] server) = TestParties.Share(new int[10], 16, 3);
        Clamp clamp = new(10, 16, 0, null);
        void Twice(Party party, uint[] share)
        {
            Clamp.Correlation correlation = clamp.Prepare(party);
            clamp.Run(party, correlation, share, new uint[10]);
            Assert.Throws<InvalidOperationException>(() => clamp.Run(party, correlation, share, new uint[10]));
        }
        TestParties.Run(party => { Twice(party, client); return 0; }, party => { Twice(party, server); return 0; });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Truncated_and_extended_messages_are_refused_by_name(int message)
    {
        foreach (Func<Message, Message> tamper in new Func<Message, Message>[] { Tamper.Truncate, Tamper.Extend })
        {
            (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
            (uint[] client, uint[] server) = TestParties.Share(new int[10], 16, 3);
            Clamp clamp = new(10, 16, 0, null);
            TwoPartyFaults faults = TestParties.RunToFault(
                party => Evaluate(party, clamp, client), party => Evaluate(party, clamp, server),
                (a, new TamperedChannel(b, message, tamper)));
            ProtocolException fault = Assert.IsType<ProtocolException>(faults.First);
            Assert.Equal(PeerFault.WrongLength, fault.Fault);
        }
    }

    private static int[] Run(int bits, int? low, int? high, uint[] client, uint[] server, int dropped = 0)
    {
        Clamp clamp = new(client.Length, bits, low, high, dropped);
        var result = TestParties.Run(party => Evaluate(party, clamp, client), party => Evaluate(party, clamp, server));
        return TestParties.Reconstruct(result.First, result.Second, bits);
    }

    private static uint[] Evaluate(Party party, Clamp clamp, uint[] share)
    {
        Clamp.Correlation correlation = clamp.Prepare(party);
        uint[] output = new uint[share.Length];
        clamp.Run(party, correlation, share, output);
        return output;
    }

    private static long OnlineRounds(Party party, Clamp clamp, uint[] share)
    {
        Clamp.Correlation correlation = clamp.Prepare(party);
        clamp.FixChoices(party, correlation, share);
        long before = party.Channel.Counters.Rounds;
        clamp.Run(party, correlation, share, new uint[share.Length]);
        return party.Channel.Counters.Rounds - before;
    }
}
