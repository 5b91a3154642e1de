using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Steps;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.TwoServers;

public sealed class ServerEngineTests
{
    [Theory]
    [InlineData("Tables")]
    [InlineData("Functions")]
    [InlineData("Prefix")]
    [InlineData("Transfers")]
    public void Every_kind_of_step_agrees_with_the_clear_reference(string method)
    {
        QuantizedModel model = OutsourcedPlan.Create();
        for (ulong seed = 1; seed <= 5; seed++)
        {
            TwoServersRun.Outcome outcome = TwoServersRun.Run(model, Enum.Parse<ComparisonMethod>(method), OutsourcedPlan.Rows(2), seed);
            Assert.Empty(outcome.Agreement.Faults);
            Assert.True(outcome.CostsWhatIsStated, $"{outcome.Stated} stated, {outcome.Online} sent");
        }
    }

    [Theory]
    [InlineData("Tables")]
    [InlineData("Functions")]
    [InlineData("Prefix")]
    [InlineData("Transfers")]
    public void Activations_of_mixed_channels_agree_with_the_clear_reference(string method)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            TwoServersRun.Outcome outcome = TwoServersRun.Run(ActivationPlan.Create(), Enum.Parse<ComparisonMethod>(method), ActivationPlan.Rows(2), seed);
            Assert.Empty(outcome.Agreement.Faults);
            Assert.True(outcome.CostsWhatIsStated, $"{outcome.Stated} stated, {outcome.Online} sent");
        }
    }

    [Fact]
    public void Squares_add_no_round_to_clamps()
    {
        ServerProgram program = new(TwoServersRun.Under(ActivationPlan.Create(), ComparisonMethod.Tables).Plan, null);
        Assert.Equal(3, program.Steps.Single(step => step.Step.Name == "act1").Cost.Rounds);
        Assert.Equal(0, program.Steps.Single(step => step.Step.Name == "act4").Cost.Rounds);
        Assert.Equal(1, program.Steps.Single(step => step.Step.Name == "act5").Cost.Rounds);
    }

    [Theory]
    [InlineData("Tables")]
    [InlineData("Functions")]
    [InlineData("Prefix")]
    [InlineData("Transfers")]
    public void Thousands_of_relus_between_convolutions_agree(string method)
    {
        QuantizedModel model = SmallPlan.OfManyTransfers();
        TwoServersRun.Outcome outcome = TwoServersRun.Run(model, Enum.Parse<ComparisonMethod>(method), SmallPlan.Images(1));
        Assert.Empty(outcome.Agreement.Faults);
        FloatTensor expected = new FixedPointReference(model).Run(SmallPlan.Images(1)[0])[0];
        for (int i = 0; i < expected.Data.Length; i++) Assert.InRange(outcome.Outputs[0][0].Data[i] - expected.Data[i], -0.1, 0.1);
    }

    [Fact]
    public void Extensions_behind_a_clamp_cost_nothing()
    {
        ServerProgram program = new(TwoServersRun.Under(OutsourcedPlan.Create(), ComparisonMethod.Tables).Plan, null);
        long Bytes(string name) => program.Steps.Single(step => step.Step.Name == name).Cost.BytesEachWay;
        Assert.Equal(0, Bytes("relu.wide"));
        Assert.Equal(0, Bytes("both.wide"));
        Assert.NotEqual(0, Bytes("capped.wide"));
        Assert.NotEqual(0, Bytes("dense.wide"));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Servers_with_different_plans_or_queries_stop_before_they_open_anything(bool otherMethod, int skipped)
    {
        AggregateException faults = Assert.Throws<AggregateException>(() => ServerTrio.Run<int>([], (dealer, party) =>
        {
            for (int i = 0; i < skipped && !party.IsFirst; i++) new DealtSource(dealer, false).Dispose();
            ComparisonMethod method = party.IsFirst && otherMethod ? ComparisonMethod.Functions : ComparisonMethod.Tables;
            using DealtSource source = new(dealer, party.IsFirst);
            new ServerEngine(party, new ServerProgram(TwoServersRun.Under(OutsourcedPlan.Create(), method).Plan, null)).Prepare(source);
            return 0;
        }, queries: 2));
        Assert.Equal(2, faults.InnerExceptions.OfType<ProtocolException>().Count(fault => fault.Fault == PeerFault.PlanMismatch));
    }

    [Fact]
    public void Prepared_material_serves_one_query()
    {
        QuantizedModel model = OutsourcedPlan.Create();
        PreparedQuery query = new(model.Plan.Steps.Length, null!);
        query.Consume();
        Assert.Throws<InvalidOperationException>(query.Consume);
    }

    /// <summary>Before it reads what the dealer sent the second server waits for the first, which therefore may lack nothing.</summary>
    [Fact]
    public void The_first_server_gets_its_seeds_while_the_second_does_not_read()
    {
        SelectionShape shape = new(ComparisonMethod.Tables, 200_000, 16, 32, 1, 0, false);
        ChannelOptions options = ChannelOptions.Default with { MaximumQueuedBytes = 1 << 20, TimeoutMs = 20_000 };
        (FramedChannel dealerFirst, FramedChannel first) = InMemoryChannel.CreatePair(options);
        (FramedChannel dealerSecond, FramedChannel second) = InMemoryChannel.CreatePair(options);
        using Prg prg = Prg.Derive([], "dealer");
        using QuerySeeds seeds = QuerySeeds.Draw(prg, 1);
        Thread dealing = new(() => new Dealer(null!, [shape], null!).Deal(seeds, dealerFirst, dealerSecond)) { IsBackground = true };
        dealing.Start();
        using DealtSource firstSource = new(first, isFirst: true), secondSource = new(second, isFirst: false);
        firstSource.Take(shape);
        secondSource.Take(shape);
        Assert.True(dealing.Join(options.TimeoutMs));
        Assert.Equal(firstSource.Name.ToArray(), secondSource.Name.ToArray());
        foreach (FramedChannel channel in new[] { first, second, dealerFirst, dealerSecond }) channel.Dispose();
    }
}
