using System.Collections.Immutable;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.TwoServers;

public sealed class SelectionTests
{
    public static TheoryData<string, int, int> Widths()
    {
        TheoryData<string, int, int> data = [];
        foreach (string method in new[] { "Tables", "Functions" })
            for (int bits = 4; bits <= 8; bits++)
                foreach (int output in new[] { bits, bits + 3, 32 }) data.Add(method, bits, output);
        foreach (int bits in new[] { 4, 5, 7, 8 }) data.Add("Prefix", bits, bits);
        return data;
    }

    /// <summary>Every x; the masks are the dealer's, so many of them for each x that all come up.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void Relu_is_exact_for_all_numbers_under_all_masks(string method, int bits, int outputBits)
    {
        int ring = 1 << bits, repeats = 16 * ring;
        int[] values = [.. Enumerable.Range(0, ring * repeats).Select(i => Ring.Signed((uint)(i % ring), bits))];
        SelectionShape shape = new(Enum.Parse<ComparisonMethod>(method), values.Length, bits, outputBits, 1, 0, false);
        (int[][] results, _, uint[] masks) = Run(shape, values, [0], []);
        Assert.Equal(values.Select(x => Math.Max(x, 0)), results[0]);
        if (shape.ByPrefix) return;
        bool[] met = new bool[ring * ring];
        for (int i = 0; i < values.Length; i++) met[(i % ring << bits) + (int)masks[i]] = true;
        Assert.InRange(met.Count(seen => seen), met.Length * 0.999, met.Length);
    }

    [Theory]
    [InlineData("Tables", 2)]
    [InlineData("Functions", 2)]
    [InlineData("Tables", 3)]
    [InlineData("Functions", 3)]
    public void Dropped_bits_matter_only_just_above_a_bound(string method, int dropped)
    {
        const int Bits = 9, Low = -5, High = 20;
        int[] values = [.. Enumerable.Range(0, 100_000).Select(i => i % 256 - 128)];
        SelectionShape shape = new(Enum.Parse<ComparisonMethod>(method), values.Length, Bits, 32, 2, dropped, false);
        int[][] results = Run(shape, values, [Low, High], []).Results;
        int touched = 0;
        foreach ((int bound, int[] actual) in new[] { Low, High }.Zip(results))
            for (int i = 0; i < values.Length; i++)
            {
                int expected = Math.Max(values[i] - bound, 0);
                if (actual[i] != expected) Assert.True(actual[i] == 0 && expected < 1 << dropped, $"{values[i]} above {bound} gave {actual[i]}");
                if (actual[i] != expected) touched++;
            }
        Assert.NotEqual(0, touched);
    }

    [Theory]
    [InlineData("Tables")]
    [InlineData("Functions")]
    [InlineData("Prefix")]
    public void Payloads_follow_the_comparison(string method)
    {
        const int Bits = 12;
        int[] values = [.. Enumerable.Range(0, 5000).Select(i => i * 7919 % 2048 - 1024)];
        int[] payload = [.. Enumerable.Range(0, 5000).Select(i => i * 104729 % 4096 - 2048)];
        SelectionShape shape = new(Enum.Parse<ComparisonMethod>(method), values.Length, Bits, Bits, 1, 0, true);
        (int[][] results, int[] selected, _) = Run(shape, values, [0], payload);
        Assert.Equal(values.Select(x => Math.Max(x, 0)), results[0]);
        Assert.Equal(values.Zip(payload, (x, j) => x >= 0 ? j : 0), selected);
    }

    [Theory]
    [InlineData("Tables", 12)]
    [InlineData("Tables", 16)]
    [InlineData("Tables", 20)]
    [InlineData("Tables", 24)]
    [InlineData("Functions", 12)]
    [InlineData("Functions", 16)]
    [InlineData("Functions", 24)]
    [InlineData("Prefix", 12)]
    [InlineData("Prefix", 16)]
    [InlineData("Prefix", 32)]
    public void Every_width_and_odd_length_is_exact_and_costs_what_it_states(string method, int bits)
    {
        foreach (int length in new[] { 1, 7, 63, 64, 65, 1000 })
            foreach (int output in method == "Prefix" ? new[] { bits } : [bits, 32])
            {
                int quarter = 1 << (bits - 2);
                int[] edges = [0, 1, -1, quarter - 1, -quarter, quarter / 2, -quarter / 2, 2 * quarter - 1, -2 * quarter];
                int[] values = [.. Enumerable.Range(0, length).Select(i =>
                    i < edges.Length ? edges[i] : (int)(i * 7919L * 104729 % quarter) * (1 - 2 * (i % 2)))];
                SelectionShape shape = new(Enum.Parse<ComparisonMethod>(method), length, bits, output, 1, 0, false);
                Assert.Equal(values.Select(value => Math.Max(value, 0)), Run(shape, values, [0], []).Results[0]);
            }
    }

    /// <summary>Bytes a ReLU of 16 bits online, all directions, the next layer's opening apart; rounds; bytes dealt to both servers.</summary>
    [Theory]
    [InlineData("Tables", 0, 6, 3, 56.375)]
    [InlineData("Functions", 0, 4.25, 2, 14 + 294)]
    [InlineData("Tables", 3, 5.5, 3, 54.25)]
    [InlineData("Functions", 3, 4.25, 2, 14 + 195.75)]
    public void A_relu_of_16_bits_takes_so_many_bytes(string method, int dropped, double online, int rounds, double dealt)
    {
        const int Elements = 64 * 15625;
        SelectionShape shape = new(Enum.Parse<ComparisonMethod>(method), Elements, 16, 32, 1, dropped, false);
        OpeningCost cost = Selection.Cost(shape);
        Assert.Equal(online, 2.0 * cost.BytesEachWay / Elements, 3);
        Assert.Equal(rounds, cost.Rounds);
        Assert.Equal(dealt, (shape.CorrectionBytes + 2.0 * shape.CommonBytes) / Elements, 3);
    }

    /// <summary>Within a tenth of what the paper states: 20 l - 16 bits in both directions, log2(l) + 2 rounds.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void A_prefix_adder_costs_what_the_paper_states(int bits)
    {
        const int Elements = 64 * 15625;
        SelectionShape shape = new(ComparisonMethod.Prefix, Elements, bits, bits, 1, 0, false);
        OpeningCost cost = Selection.Cost(shape);
        double paper = 20 * bits - 16;
        Assert.InRange(2.0 * 8 * cost.BytesEachWay / Elements, 0.9 * paper, 1.1 * paper);
        Assert.Equal(int.Log2(bits) + 2, cost.Rounds);
    }

    [Fact]
    public void Both_bounds_of_a_prefix_clip_are_compared()
    {
        int[] values = [.. Enumerable.Range(0, 256).Select(i => i - 128)];
        SelectionShape shape = new(ComparisonMethod.Prefix, values.Length, 9, 9, 2, 0, false);
        int[][] results = Run(shape, values, [-5, 20], []).Results;
        Assert.Equal(values.Select(x => Math.Max(x + 5, 0)), results[0]);
        Assert.Equal(values.Select(x => Math.Max(x - 20, 0)), results[1]);
    }

    [Fact]
    public void A_correlation_cannot_be_used_twice()
    {
        SelectionShape shape = new(ComparisonMethod.Tables, 10, 16, 32, 1, 0, false);
        ServerTrio.Run<int>([shape], (party, source) =>
        {
            Correlation<SelectionShares> correlation = source.Take(shape);
            uint[] share = new uint[10];
            Selection.Run(party, shape, correlation, share, [0], [], [new uint[10]], []);
            Assert.Throws<InvalidOperationException>(() => Selection.Run(party, shape, correlation, share, [0], [], [new uint[10]], []));
            return 0;
        });
    }

    [Theory]
    [InlineData("Tables", 3)]
    [InlineData("Functions", 2)]
    public void Truncated_and_extended_openings_are_refused_by_name(string method, int messages)
    {
        SelectionShape shape = new(Enum.Parse<ComparisonMethod>(method), 10, 16, 32, 1, 0, false);
        foreach (Func<Message, Message> tamper in new Func<Message, Message>[] { Tamper.Truncate, Tamper.Extend })
            for (int message = 0; message < messages; message++)
            {
                (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
                TamperedChannel tampered = new(b, message, tamper);
                AggregateException faults = Assert.Throws<AggregateException>(() => ServerTrio.Run<int>([shape], (party, source) =>
                {
                    Selection.Run(party, shape, source.Take(shape), new uint[10], [0], [], [new uint[10]], []);
                    return 0;
                }, channels: (a, tampered)));
                Assert.True(tampered.Done);
                Assert.Contains(faults.InnerExceptions, fault => fault is ProtocolException { Fault: PeerFault.WrongLength });
            }
    }

    [Fact]
    public void Either_servers_view_of_the_openings_is_spread_over_the_ring()
    {
        const int Elements = 64_000;
        SelectionShape shape = new(ComparisonMethod.Tables, Elements, 16, 32, 1, 0, false);
        int[] buckets = new int[64], ones = new int[3];
        ServerTrio.Run<int>([shape], (party, source) =>
        {
            SelectionShares shares = source.Take(shape).Consume();
            lock (buckets)
            {
                foreach (uint mask in shares.Numbers.Mask) buckets[mask >> 10]++;
                for (int bit = 0; bit < 3; bit++)
                    foreach (ulong word in shares.LastMasks.AsSpan(bit * shape.PlaneWords, shape.PlaneWords)) ones[bit] += (int)ulong.PopCount(word);
            }
            return 0;
        });
        Assert.InRange(buckets.Sum(count => (count - 2000.0) * (count - 2000) / 2000), 25, 130);
        Assert.All(ones, count => Assert.InRange(count, 62_000, 66_000));
    }

    private static (int[][] Results, int[] Payload, uint[] Masks) Run(SelectionShape shape, int[] values, ImmutableArray<int> thresholds, int[] payload)
    {
        (uint[] first, uint[] second) = TestParties.Share(values, shape.RingBits, 7);
        (uint[] firstPayload, uint[] secondPayload) = TestParties.Share(payload, shape.RingBits, 8);
        var outcome = ServerTrio.Run([shape], (party, source) =>
        {
            uint[][] results = [.. thresholds.Select(_ => new uint[values.Length])];
            uint[] selected = new uint[payload.Length];
            SelectionShares shares = source.Take(shape).Consume();
            Selection.Run(party, shape, new(shares), party.IsFirst ? first : second, thresholds,
                party.IsFirst ? firstPayload : secondPayload, results, selected);
            return (Results: results, Payload: selected, shares.Numbers.Mask);
        });
        OpeningCost cost = Selection.Cost(shape);
        Assert.Equal(cost.BytesEachWay, outcome.FirstCounters.PayloadSent);
        Assert.Equal(cost.BytesEachWay, outcome.SecondCounters.PayloadSent);
        Assert.Equal(cost.Rounds, outcome.FirstCounters.Rounds);
        Assert.Equal(QuerySeeds.MessageBytes + shape.CommonBytes, outcome.DealtFirst);
        Assert.Equal(QuerySeeds.MessageBytes + shape.CommonBytes + shape.CorrectionBytes, outcome.DealtSecond);
        return ([.. thresholds.Select((_, i) => TestParties.Reconstruct(outcome.First.Results[i], outcome.Second.Results[i], shape.OutputBits))],
            TestParties.Reconstruct(outcome.First.Payload, outcome.Second.Payload, shape.RingBits),
            [.. outcome.First.Mask.Zip(outcome.Second.Mask, (a, b) => (a + b) & Ring.Mask(shape.RingBits))]);
    }
}
