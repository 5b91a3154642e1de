using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.TwoServers;

public sealed class QuerySharesTests
{
    private static readonly QuantizedModel Model = OutsourcedPlan.Create();
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 3))];

    [Fact]
    public void Input_shares_add_up_to_the_encoded_input()
    {
        byte[] upload = QueryShares.Split(Model.Plan, OutsourcedPlan.Rows(1)[0], Seed);
        Assert.Equal(4 * 72, upload.Length);
        uint[] first = QueryShares.First(Model.Plan, Seed)[0], second = QueryShares.Second(Model.Plan, upload)[0];
        int[] encoded = ClientCodec.Encode(Model.Plan, 0, OutsourcedPlan.Rows(1)[0][0].Data);
        Assert.Equal(encoded, first.Zip(second, (a, b) => (int)(a + b)));
        Assert.True(second.Count(element => element > 1 << 20) > 60);
    }

    [Fact]
    public void Model_shares_add_up_to_weights_and_biases()
    {
        WeightTensors first = ModelShares.First(Model.Plan, Seed), second = ModelShares.Second(Model, Seed);
        foreach ((int step, int term, int elements) in WeightTensors.Slots(Model.Plan))
        {
            int[] expected = term == WeightTensors.Bias ? Model.Linear[step].Bias : Array.ConvertAll(Model.Linear[step].Weights[term], w => (int)w);
            Assert.Equal(elements, expected.Length);
            Assert.Equal(expected, first[step, term].Zip(second[step, term], (a, b) => (int)(a + b)));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Uploads_and_results_of_other_lengths_are_refused_by_name(int more)
    {
        InferencePlan plan = Model.Plan;
        byte[] upload = new byte[QueryShares.DifferenceBytes(plan) + more];
        Assert.Equal(PeerFault.WrongLength, Assert.Throws<ProtocolException>(() => QueryShares.Second(plan, upload)).Fault);
        byte[] whole = new byte[QueryShares.ResultBytes(plan)], other = new byte[whole.Length + more];
        Assert.Equal(PeerFault.WrongLength, Assert.Throws<ProtocolException>(() => QueryShares.Join(plan, whole, other)).Fault);
        Assert.Equal(PeerFault.WrongLength, Assert.Throws<ProtocolException>(() => QueryShares.Join(plan, other, whole)).Fault);
    }
}
