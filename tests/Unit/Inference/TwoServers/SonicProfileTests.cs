using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;

namespace Blindsight.Unit.Inference.TwoServers;

public sealed class SonicProfileTests
{
    private const int Elements = 64 * 15625;

    /// <summary>20 l - 16 bits in both directions and log2(l) + 2 rounds at l = 32, truncation included; at most 78 bytes.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void A_relu_costs_what_the_paper_states(int truncatedBits)
    {
        OpeningCost cost = Selection.Cost(Relu(Elements, truncatedBits));
        double bits = 2.0 * 8 * cost.BytesEachWay / Elements, paper = 20 * 32 - 16;
        Assert.InRange(bits, 0.9 * paper, paper);
        Assert.Equal(int.Log2(32) + 2, cost.Rounds);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(20)]
    public void Truncation_is_exact_up_to_the_rounding_under_all_shares(int shift)
    {
        int[] edges = [0, 1, -1, (1 << shift) - 1, 1 << shift, -(1 << shift), int.MaxValue - (1 << shift), int.MinValue, 1 << 30, -(1 << 30)];
        int[] values = [.. Enumerable.Range(0, 20_000).Select(i => edges[i % edges.Length])];
        (uint[] first, uint[] second) = TestParties.Share(values, 32, 7);
        SelectionShape shape = Relu(values.Length, shift + 3);
        var outcome = ServerTrio.Run([shape], (party, source) =>
            TruncatingRelu.Run(party, shape, source.Take(shape), party.IsFirst ? first : second, [shift, shift - 1]));
        OpeningCost cost = Selection.Cost(shape);
        Assert.Equal(cost.BytesEachWay, outcome.FirstCounters.PayloadSent);
        Assert.Equal(cost.BytesEachWay, outcome.SecondCounters.PayloadSent);
        Assert.Equal(cost.Rounds, outcome.FirstCounters.Rounds);
        Assert.Equal(QuerySeeds.MessageBytes + shape.CorrectionBytes, outcome.DealtSecond);
        int[] results = TestParties.Reconstruct(outcome.First, outcome.Second, 32);
        for (int i = 0; i < values.Length; i++)
        {
            int bits = i < values.Length / 2 ? shift : shift - 1;
            int above = results[i] - (Math.Max(values[i], 0) >> bits);
            Assert.True(values[i] < 0 ? results[i] == 0 : above is 0 or 1 && (above == 0 || bits > 0), $"{values[i]} without {bits} bits gave {results[i]}");
        }
    }

    /// <summary>The mean over shares of a number is the number: a third of a unit above becomes one unit more in a third of cases.</summary>
    [Fact]
    public void Rounding_has_the_right_mean()
    {
        int[] values = [.. Enumerable.Repeat(5 * 1024 + 341, 40_000)];
        (uint[] first, uint[] second) = TestParties.Share(values, 32, 3);
        SelectionShape shape = Relu(values.Length, 10);
        var outcome = ServerTrio.Run([shape], (party, source) =>
            TruncatingRelu.Run(party, shape, source.Take(shape), party.IsFirst ? first : second, [10]));
        Assert.InRange(TestParties.Reconstruct(outcome.First, outcome.Second, 32).Average(), 5.32, 5.346);
    }

    [Fact]
    public void A_network_agrees_with_the_clear_reference_at_the_stated_cost()
    {
        QuantizedModel model = Sonic(SmallPlan.OfManyTransfers());
        TwoServersRun.Outcome outcome = TwoServersRun.Run(model, SmallPlan.Images(2));
        Assert.Empty(outcome.Agreement.Faults);
        Assert.True(outcome.CostsWhatIsStated);
        // 16,384 ReLUs of 602 bits, and the openings of 4,096 inputs and 16,384 results.
        Assert.Equal(16_384 * 602 / 8 + 8 * (4096 + 16_384), outcome.Online.Bytes);
    }

    [Fact]
    public void Maxima_are_taken_of_accumulators()
    {
        QuantizedModel model = Sonic(Pooled());
        TwoServersRun.Outcome outcome = TwoServersRun.Run(model, SmallPlan.Images(1));
        Assert.Empty(outcome.Agreement.Faults);
        Assert.True(outcome.CostsWhatIsStated);
        ServerProgram program = new(model.Plan, null);
        Assert.Equal<int>([10, 10, 10, 10], program.WaitingShifts(1));
        Assert.Equal<int>([10, 10, 10, 10], program.WaitingShifts(5));
        Assert.Empty(program.WaitingShifts(2));
        Assert.All([1, 2, 3, 5], tensor => Assert.Equal(32, program.HeldBits(tensor)));
    }

    [Fact]
    public void Channels_are_joined_before_they_are_truncated()
    {
        QuantizedModel model = Sonic(Joined());
        TwoServersRun.Outcome outcome = TwoServersRun.Run(model, SmallPlan.Images(1));
        Assert.Empty(outcome.Agreement.Faults);
        Assert.True(outcome.CostsWhatIsStated);
        Assert.Equal<int>([10, 10, 10, 10, 9, 9, 9, 9], new ServerProgram(model.Plan, null).WaitingShifts(6));
    }

    [Fact]
    public void What_the_profile_does_not_have_is_refused_by_name()
    {
        Assert.Contains("'clip'", Assert.Throws<ParameterException>(() => new ServerProgram(Sonic(OutsourcedPlan.Create()).Plan, null)).Message);
        Assert.Contains("'act1'", Assert.Throws<ParameterException>(() => new ServerProgram(Sonic(ActivationPlan.Create()).Plan, null)).Message);
    }

    private static SelectionShape Relu(int elements, int truncatedBits) =>
        new(ComparisonMethod.Prefix, elements, 32, 32, 1, 0, HasPayload: false) { TruncatedBits = truncatedBits };

    private static QuantizedModel Sonic(QuantizedModel model) => TwoServersTrial.Outsourced(model, ComparisonKinds.Sonic);

    /// <summary>A maximum between the first convolution and its ReLU.</summary>
    private static QuantizedModel Pooled()
    {
        QuantizedModel model = SmallPlan.OfManyTransfers();
        Blindsight.Arithmetic.Tensors.PoolGeometry pool = new()
        {
            Channels = 4, InHeight = 64, InWidth = 64, OutHeight = 64, OutWidth = 64, KernelHeight = 3, KernelWidth = 3,
            PadTop = 1, PadLeft = 1,
        };
        ImmutableArray<PlanStep> steps = model.Plan.Steps;
        return new QuantizedModel(model.Plan with
        {
            Tensors = model.Plan.Tensors.Add(model.Plan.Tensors[1] with { Id = 5, Name = "pool" }),
            Steps = [steps[0], steps[1], new MaxPoolStep("pool", 1, 5, pool, 0), ((ClampStep)steps[2]) with { Input = 5 }, steps[3], steps[4], steps[5]],
        }, ImmutableDictionary<int, QuantizedLinear>.Empty.Add(1, model.Linear[1]).Add(5, model.Linear[4]));
    }

    /// <summary>Two convolutions of the input with other scales of weights, joined before one ReLU.</summary>
    private static QuantizedModel Joined()
    {
        QuantizedModel model = SmallPlan.OfManyTransfers();
        ImmutableArray<PlanStep> steps = model.Plan.Steps;
        LinearStep conv = (LinearStep)steps[1], last = (LinearStep)steps[4];
        ConvolutionTerm term = (ConvolutionTerm)last.Terms[0];
        ImmutableArray<PlanTensor> tensors = model.Plan.Tensors;
        PlanTensor Eight(int tensor) => tensors[tensor] with { Shape = [8, 64, 64] };
        return new QuantizedModel(model.Plan with
        {
            Tensors = [tensors[0], tensors[1], Eight(2), Eight(3), tensors[4], tensors[1] with { Id = 5 }, Eight(1) with { Id = 6 }],
            Steps =
            [
                steps[0], conv, conv with { Name = "other", ChannelShifts = [9, 9, 9, 9], Output = 5 },
                new LayoutStep("join", [1, 5], 6, new ConcatLayout(0)), ((ClampStep)steps[2]) with { Input = 6 }, steps[3],
                last with { Terms = [term with { Geometry = term.Geometry with { InChannels = 8 } }] }, steps[5],
            ],
        }, ImmutableDictionary<int, QuantizedLinear>.Empty.Add(1, model.Linear[1]).Add(2, model.Linear[1])
            .Add(6, new QuantizedLinear([[.. model.Linear[4].Weights[0], .. model.Linear[4].Weights[0]]], model.Linear[4].Bias)));
    }
}
