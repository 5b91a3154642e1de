using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear.Garbled;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Unit.Inference.Nonlinear.Garbled;

public sealed class GarbledFunctionTests
{
    public static TheoryData<bool> WhenKnown => [true, false];

    [Theory]
    [MemberData(nameof(WhenKnown))]
    public void Relu_agrees_with_the_integers_for_every_pair_of_shares(bool knownOffline)
    {
        const int Bits = 6, Size = 1 << Bits;
        uint[] client = new uint[Size * Size], server = new uint[Size * Size];
        for (int i = 0; i < client.Length; i++) (client[i], server[i]) = ((uint)(i % Size), (uint)(i / Size));
        int[] actual = Reconstruct(Relu(Bits, client.Length, knownOffline), client, server, knownOffline, Bits);
        for (int i = 0; i < client.Length; i++) Assert.Equal(Math.Max(Ring.Signed(client[i] + server[i], Bits), 0), actual[i]);
    }

    [Theory]
    [InlineData(12, true)]
    [InlineData(16, false)]
    [InlineData(24, true)]
    public void Relu_is_exact_at_every_width_and_odd_length(int bits, bool knownOffline)
    {
        foreach (int length in (int[])[1, 63, 64, 65, 255, 256, 257, 600])
        {
            int half = 1 << (bits - 1);
            int[] edges = [0, 1, -1, half - 1, -half, half / 2, -half / 2];
            int[] values = [.. Enumerable.Range(0, length).Select(i => i < edges.Length ? edges[i] : (i * 7919 * 104729) % half)];
            (uint[] client, uint[] server) = TestParties.Share(values, bits, (ulong)length);
            Assert.Equal(values.Select(value => Math.Max(value, 0)),
                Reconstruct(Relu(bits, length, knownOffline), client, server, knownOffline, bits));
        }
    }

    /// <summary>More transfers than are drawn between two turns of the direction.</summary>
    [Theory]
    [MemberData(nameof(WhenKnown))]
    public void Long_layers_go_in_runs(bool knownOffline)
    {
        const int Length = 70_001;
        int[] values = [.. Enumerable.Range(0, Length).Select(i => i * 7919 % 60_000 - 30_000)];
        (uint[] client, uint[] server) = TestParties.Share(values, 16, 4);
        Assert.Equal(values.Select(value => Math.Max(value, 0)),
            Reconstruct(Relu(16, Length, knownOffline), client, server, knownOffline, 16));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    public void Each_phase_costs_what_it_declares_and_labels_wait_for_nothing_but_unknown_shares(bool knownOffline, int rounds)
    {
        const int Length = 700;
        GarbledFunction function = Relu(16, Length, knownOffline);
        (uint[] client, uint[] server) = TestParties.Share(new int[Length], 16, 3);
        var result = TestParties.Run(party => Phases(party, function, client, knownOffline), party => Phases(party, function, server, knownOffline));
        (ChannelCounters offline, ChannelCounters online) = result.First;
        Assert.Equal(Tally.Of(function.Prepare).Bytes, (offline.PayloadSent, offline.PayloadReceived));
        Assert.Equal(Tally.Of(function.Run).Bytes, (online.PayloadSent, online.PayloadReceived));
        Assert.Equal(rounds, online.Rounds);
    }

    [Fact]
    public void A_relu_of_16_bits_takes_1700_bytes_offline_and_256_online_and_the_client_keeps_1698()
    {
        const int Length = 256 * 100;
        GarbledFunction relu = Relu(16, Length, knownOffline: true);
        (long up, long down) = Tally.Of(relu.Prepare).Bytes;
        Assert.Equal(2.0 * Length, up);
        Assert.Equal(45 * 32 + 16 * 16 + 2, (down - 16) / (double)Length);
        Assert.Equal((0, 256L * Length), Tally.Of(relu.Run).Bytes);
        Assert.Equal(1698.0, relu.HeldBytes / (double)Length);
        Assert.Equal(new Transfers(16L * Length, 0), Tally.Of(relu.Prepare).Transfers);
    }

    [Theory]
    [MemberData(nameof(WhenKnown))]
    public void The_client_holds_what_is_declared_and_nothing_afterwards(bool knownOffline)
    {
        const int Length = 300;
        GarbledFunction function = Relu(16, Length, knownOffline);
        (uint[] client, uint[] server) = TestParties.Share(new int[Length], 16, 3);
        (long, long) Held(Party party, uint[] share)
        {
            GarbledFunction.Correlation correlation = function.Prepare(party, knownOffline && !party.IsServer ? share : []);
            long before = correlation.Frames.Sum(frame => (long)frame.Length);
            function.Run(party, correlation, share, new uint[Length]);
            Assert.Throws<InvalidOperationException>(() => function.Run(party, correlation, share, new uint[Length]));
            return (before, correlation.Frames.Sum(frame => (long)frame.Length));
        }
        var result = TestParties.Run(party => Held(party, client), party => Held(party, server));
        Assert.Equal((function.HeldBytes, 0), result.First);
        Assert.Equal((0, 0), result.Second);
    }

    [Theory]
    [MemberData(nameof(WhenKnown))]
    public void Choices_that_go_on_are_refused(bool knownOffline)
    {
        (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
        GarbledFunction function = new(corrected => SharedFunction.Clamp(13, false, null, corrected), 1, knownOffline);
        TwoPartyFaults faults = TestParties.RunToFault(
            party => Evaluate(party, function, [5], knownOffline), party => Evaluate(party, function, [7], knownOffline),
            (new TamperedChannel(a, 0, Tamper.Saturate), b));
        Assert.Equal(PeerFault.MalformedMessage, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    [Fact]
    public void Masks_follow_from_the_servers_randomness_alone()
    {
        uint[] Masks(uint clientShare) => TestParties.Run(
            party => Evaluate(party, Relu(16, 64, true), [.. Enumerable.Repeat(clientShare, 64)], true),
            party => Evaluate(party, Relu(16, 64, true), new uint[64], true)).Second;
        Assert.Equal(Masks(3), Masks(40_000));
        Assert.InRange(Masks(3).Distinct().Count(), 60, 64);
    }

    private static GarbledFunction Relu(int bits, int instances, bool knownOffline) =>
        new(corrected => SharedFunction.Clamp(bits, negativePart: false, high: null, corrected), instances, knownOffline);

    private static int[] Reconstruct(GarbledFunction function, uint[] client, uint[] server, bool knownOffline, int bits)
    {
        var result = TestParties.Run(
            party => Evaluate(party, function, client, knownOffline), party => Evaluate(party, function, server, knownOffline));
        return TestParties.Reconstruct(result.First, result.Second, bits);
    }

    private static uint[] Evaluate(Party party, GarbledFunction function, uint[] share, bool knownOffline)
    {
        uint[] output = new uint[share.Length];
        function.Run(party, function.Prepare(party, knownOffline && !party.IsServer ? share : []), share, output);
        return output;
    }

    private static (ChannelCounters Offline, ChannelCounters Online) Phases(Party party, GarbledFunction function, uint[] share, bool knownOffline)
    {
        ChannelCounters start = party.Channel.Counters;
        GarbledFunction.Correlation correlation = function.Prepare(party, knownOffline && !party.IsServer ? share : []);
        ChannelCounters prepared = party.Channel.Counters;
        function.Run(party, correlation, share, new uint[share.Length]);
        return (prepared - start, party.Channel.Counters - prepared);
    }
}
