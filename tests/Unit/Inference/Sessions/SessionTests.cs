using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.Sessions;

public sealed class SessionTests
{
    private static readonly QuantizedModel Model = SmallPlan.OfEveryStep();

    [Theory]
    [InlineData("cccc", 7)]
    [InlineData("ccsi", 7)]
    [InlineData("ssss", 3)]
    [InlineData("iiik", 3)]
    public void Channels_share_rounds_and_layers_without_clamps_have_those_of_an_extension(string kinds, int rounds)
    {
        QuantizedModel model = kinds == "cccc" ? SmallPlan.OfManyTransfers() : SmallPlan.OfManyTransfers(kinds);
        Harness.Sessions.Outcome outcome = Harness.Sessions.Run(model, SmallPlan.Images(1));
        Assert.Empty(outcome.Agreement.Faults);
        Assert.Equal(rounds, outcome.Client.Online.Rounds);
        if (kinds == "iiik")
            Assert.Equal(0, outcome.Client.Layers.Where(layer => layer.Kind == "activation").Sum(layer => layer.Online.Bytes + layer.Offline.Bytes));
    }

    [Fact]
    public void Mixed_activations_agree_over_the_real_transfers()
    {
        Harness.Sessions.Outcome outcome = Harness.Sessions.Run(ActivationPlan.Create(), ActivationPlan.Rows(2));
        Assert.Empty(outcome.Agreement.Faults);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_step_agrees_with_the_clear_reference_with_real_encryption_and_transfers(int rows)
    {
        Harness.Sessions.Outcome outcome = Harness.Sessions.Run(Model, SmallPlan.Rows(rows));
        Assert.Empty(outcome.Agreement.Faults);
        Assert.Equal(rows, outcome.Client.Rows);
        Assert.Equal(outcome.Client.Online.BytesSent, outcome.Server.Online.BytesReceived);
        Assert.Equal(outcome.Client.Offline.BytesReceived, outcome.Server.Offline.BytesSent);
    }

    [Fact]
    public void A_pool_serves_several_inferences_over_one_connection()
    {
        var result = TwoParties.Run(
            channel => Harness.Sessions.Client(channel, null, session =>
            {
                session.Prepare(1);
                session.Prepare(1);
                Assert.Equal(2, session.Prepared(1));
                float[][] outputs = [.. Enumerable.Range(0, 3).Select(_ => session.Infer(SmallPlan.Rows(1))[0][1].Data)];
                Assert.Equal(0, session.Prepared(1));
                return outputs;
            }),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model), session => { session.Serve(); return true; }));
        Assert.All(result.First, label => Assert.Equal(result.First[0], label));
    }

    [Fact]
    public void A_client_without_a_plan_takes_the_servers()
    {
        var result = TwoParties.Run(
            channel => Harness.Sessions.Client(channel, null, session => session.Plan),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model), session => { session.Serve(); return true; }));
        Assert.Equal(PlanSerializer.Hash(Model.Plan), PlanSerializer.Hash(result.First));
    }

    [Fact]
    public void Another_plan_is_refused_on_both_sides_by_name()
    {
        InferencePlan other = Model.Plan with { Model = "other" };
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => Harness.Sessions.Client(channel, other, session => true),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model), session => true));
        Assert.Equal(PeerFault.RefusedByPeer, Assert.IsType<ProtocolException>(faults.First).Fault);
        Assert.Equal(PeerFault.PlanMismatch, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    [Fact]
    public void A_server_that_holds_material_for_no_rows_is_refused()
    {
        const int RowsAt = 8;
        (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => Harness.Sessions.Client(channel, null, session => true),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model), session => true),
            channels: (a, new TamperedChannel(b, 0, welcome => welcome with
            {
                Payload = [.. welcome.Payload[..RowsAt], 0, 0, 0, 0, .. welcome.Payload[(RowsAt + 4)..]],
            })));
        Assert.Equal(PeerFault.MalformedMessage, Assert.IsType<ProtocolException>(faults.First).Fault);
    }

    [Fact]
    public void More_rows_than_allowed_and_unprepared_inferences_are_refused()
    {
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => Harness.Sessions.Client(channel, null, session => session.Infer(SmallPlan.Rows(2))),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model),
                session => { session.Serve(); return true; }, new SessionOptions { MaximumRows = 1 }));
        Assert.Equal(PeerFault.LimitExceeded, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    [Fact]
    public void A_client_cannot_make_the_server_prepare_without_bound()
    {
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => Harness.Sessions.Client(channel, null, session =>
            {
                Assert.Equal(2, session.PreparedRowsMax);
                for (int i = 0; i < 2; i++) session.Prepare(1);
                Assert.Throws<ParameterException>(() => session.Prepare(1));
                new Command(CommandKind.Prepare, 1).Send(channel);
                return true;
            }),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model),
                session => { session.Serve(); return true; }, new SessionOptions { MaximumPreparedElements = 2000 }));
        ProtocolException fault = Assert.IsType<ProtocolException>(faults.Second);
        Assert.Equal(PeerFault.LimitExceeded, fault.Fault);
        Assert.Contains("3 rows", fault.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_client_whose_messages_are_cut_short_ends_its_session_with_a_named_fault(int message)
    {
        (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => Harness.Sessions.Client(channel, null, session => session.Infer(SmallPlan.Rows(1))),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model), session => { session.Serve(); return true; }),
            channels: (new TamperedChannel(a, message, Tamper.Truncate), b));
        Assert.Equal(PeerFault.WrongLength, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    [Fact]
    public void Cancellation_ends_a_wait()
    {
        using CancellationTokenSource cancellation = new();
        (IChannel a, IChannel b) = InMemoryChannel.CreatePair();
        using (b)
        {
            cancellation.CancelAfter(50);
            Assert.ThrowsAny<OperationCanceledException>(
                () => ClientSession.Connect(a, null, SessionOptions.Default, cancellation: cancellation.Token));
        }
    }

    [Fact]
    public void The_costs_of_the_layers_add_up_to_the_online_phase()
    {
        Harness.Sessions.Outcome outcome = Harness.Sessions.Run(Model, SmallPlan.Rows(1));
        Assert.True(outcome.Client.Online.Rounds > 0);
        Assert.Equal(outcome.Client.Online.Rounds, outcome.Client.Layers.Sum(layer => layer.Online.Rounds));
        Assert.Equal(outcome.Client.Online.Bytes, outcome.Client.Layers.Sum(layer => layer.Online.Bytes));
    }
}
