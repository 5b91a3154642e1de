using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Costs.Measuring;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.Costs;

public sealed class MachineCostsTests
{
    [Fact]
    public void A_file_reads_back_as_it_was_written()
    {
        byte[] json = MachineCosts.Nominal.ToJson();
        Assert.Equal(json, MachineCosts.FromJson(json).ToJson());
        Assert.True(MachineCosts.FromJson(json).IsNominal);
    }

    [Theory]
    [InlineData("\"garbled\"", "\"other\"")]
    [InlineData("\"schema_version\": 1", "\"schema_version\": 2")]
    [InlineData("\"work_ns\"", "\"works\"")]
    [InlineData("\"ns\": ", "\"ns\": -")]
    [InlineData("\"width\": 19", "\"width\": 1")]
    [InlineData("{", "[")]
    public void Files_that_are_not_whole_are_refused(string part, string other) => Assert.Throws<ParameterException>(
        () => MachineCosts.FromJson(Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(MachineCosts.Nominal.ToJson()).Replace(part, other, StringComparison.Ordinal))));

    [Theory]
    [InlineData(2, 110)]
    [InlineData(4, 110)]
    [InlineData(6, 120)]
    [InlineData(8, 130)]
    [InlineData(16, 160)]
    public void Costs_lie_between_those_of_the_widths_around(int width, double expected) =>
        Assert.Equal(expected, new WorkCost(100, [new(4, 1), new(8, 3)]).Of(10, width), 1e-9);

    [Fact]
    public void Least_squares_finds_parts_and_never_less_than_nothing()
    {
        double[] parts = LeastSquares.Solve([[1, 0], [1, 1], [4, 1]], [2, 5, 11]);
        Assert.Equal(2, parts[0], 1e-6);
        Assert.Equal(3, parts[1], 1e-6);
        Assert.Equal(0, LeastSquares.Solve([[1, 1], [1, 2]], [4, 3])[1]);
    }

    [Fact]
    public void More_elements_and_wider_numbers_cost_more_in_either_mode()
    {
        CostModel model = new(MachineCosts.Nominal);
        foreach (InferencePlan plan in (InferencePlan[])[SmallPlan.OfManyTransfers().Plan, SmallPlan.Garbled(SmallPlan.OfManyTransfers()).Plan])
        {
            double once = Seconds(plan, 1);
            Assert.InRange(Seconds(plan, 2), once * 1.3, once * 2.2);
            InferencePlan wider = plan with { Tensors = [.. plan.Tensors.Select(t => t.RingBits == 16 ? t with { RingBits = 20 } : t)] };
            Assert.InRange(Seconds(wider, 1), once * 1.02, once * 1.6);
        }

        double Seconds(InferencePlan plan, int rows)
        {
            var report = model.Predict(plan, LinkSpeed.None, rows);
            return report.Layers.Skip(1).Sum(layer => layer.Offline.Seconds + layer.Online.Seconds);
        }
    }

    [Fact]
    public void Messages_are_timed_over_any_connection()
    {
        Dictionary<Work, WorkCost> costs = [];
        ChannelTimes.Channels(costs, () => InMemoryChannel.CreatePair());
        Assert.Equal(
            [Work.MessageSent, Work.MessageReceived, Work.ByteSent, Work.ByteReceived, Work.Flush, Work.Wake], costs.Keys.Order());
        Assert.All(costs.Values, cost => Assert.True(cost.Of(1, 0) >= 0));
    }
}
