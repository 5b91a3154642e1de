using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Harness.Dealers;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Steps;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Ahead;

namespace Blindsight.Unit.Inference.Sessions.Lanes;

public sealed class SessionLanesTests
{
    private const long JoinPayload = 33, AnswerPayload = 1;

    private static readonly QuantizedModel Model = SmallPlan.OfManyTransfers();
    private static readonly SessionOptions TwoThreads = SessionOptions.Default with { Threads = 2 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_step_agrees_with_the_clear_reference_and_the_online_phase_is_that_of_one_connection(int rows)
    {
        InMemoryLanes lanes = new();
        Harness.Sessions.Outcome without = Harness.Sessions.Run(Model, SmallPlan.Images(rows));
        Harness.Sessions.Outcome with = Harness.Sessions.Run(Model, SmallPlan.Images(rows), lanes: lanes);
        Assert.Equal(2, lanes.Opened.Length);
        Assert.Empty(lanes.Refusals);
        Assert.All(with.Agreement.Steps, step => Assert.True(step.Difference <= 1, $"{step.Step}: {step.Difference} units"));
        foreach (Harness.Sessions.Outcome outcome in (Harness.Sessions.Outcome[])[with, without])
        {
            Assert.Equal(outcome.Client.Offline.BytesSent, outcome.Server.Offline.BytesReceived);
            Assert.Equal(outcome.Client.Offline.BytesReceived, outcome.Server.Offline.BytesSent);
        }
        Assert.Equal(without.Client.Online.Rounds, with.Client.Online.Rounds);
        Assert.Equal(without.Client.Online.BytesSent, with.Client.Online.BytesSent);
        Assert.Equal(without.Client.Online.BytesReceived, with.Client.Online.BytesReceived);
        Assert.True(with.Client.Offline.Rounds >= without.Client.Offline.Rounds);
    }

    [Fact]
    public void The_report_has_every_byte_of_the_lanes_and_these_are_what_the_extensions_declare()
    {
        InMemoryLanes lanes = new();
        var result = TwoParties.Run(
            channel => Harness.Sessions.Client(channel, Model.Plan, session =>
            {
                for (int i = 0; i < 3; i++) session.Prepare(1);
                for (int i = 0; i < 3; i++) session.Infer(SmallPlan.Images(1));
                return (session.Report, Main: channel.Counters);
            }, TwoThreads, lanes.Open),
            channel => Harness.Sessions.Server(channel, new ServedModel(Model), session =>
            {
                session.Serve();
                return session.Report;
            }, TwoThreads, lanes.Desk));
        (SessionReport report, ChannelCounters main) = result.First;
        const int Commands = 6, CommandBytes = 5 + ChannelCounters.FrameHeaderBytes;
        ChannelCounters[] client = [.. lanes.Opened.Select(lane => lane.Client.Counters)];
        Assert.Equal(main.BytesSent + client.Sum(lane => lane.BytesSent) - Commands * CommandBytes, report.Offline.BytesSent + report.Online.BytesSent);
        Assert.Equal(main.BytesReceived + client.Sum(lane => lane.BytesReceived), report.Offline.BytesReceived + report.Online.BytesReceived);
        Assert.Equal(client.Sum(lane => lane.BytesSent), lanes.Opened.Sum(lane => lane.Server.Counters.BytesReceived));
        Assert.Equal(report.Offline.Bytes - report.Setup.Bytes, report.Layers.Sum(layer => layer.Offline.Bytes));

        Transfers row = StepProtocols.TransfersOfOneRow(new DataFlow(Model.Plan));
        Assert.Equal(Declared(row.FromServer, 3) + JoinPayload + AnswerPayload, client[0].PayloadSent + client[0].PayloadReceived);
        Assert.Equal(Declared(row.FromClient, 3) + JoinPayload + AnswerPayload, client[1].PayloadSent + client[1].PayloadReceived);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void A_party_with_one_thread_has_one_connection(int clientThreads, int serverThreads)
    {
        InMemoryLanes lanes = new();
        Run(Model, TwoThreads with { Threads = clientThreads }, TwoThreads with { Threads = serverThreads }, lanes);
        Assert.Empty(lanes.Opened);
    }

    [Fact]
    public void A_small_model_has_one_connection()
    {
        InMemoryLanes lanes = new();
        Harness.Sessions.Run(SmallPlan.OfEveryStep(), SmallPlan.Rows(1), lanes: lanes);
        Assert.Empty(lanes.Opened);
    }

    /// <summary>Of transfers by the server, lane 0, the client's first message opens the bootstrap and the server's second are trees.</summary>
    [Theory]
    [InlineData(0, true, 1)]
    [InlineData(0, false, 1)]
    [InlineData(1, false, 1)]
    [InlineData(1, false, 0)]
    public void A_spoilt_message_on_a_lane_ends_the_session_with_its_name(int lane, bool byClient, int message)
    {
        IChannel Spoilt(IChannel channel, int number) => number == lane ? new TamperedChannel(channel, message, Tamper.Truncate) : channel;
        TwoPartyFaults faults = Fail(byClient ? new InMemoryLanes(Spoilt) : new InMemoryLanes(server: Spoilt));
        ProtocolException fault = Assert.IsType<ProtocolException>(byClient ? faults.Second : faults.First);
        Assert.Equal(PeerFault.WrongLength, fault.Fault);
        Assert.Contains(lane == 0 ? "transfers that the server sends" : "transfers that the client sends", fault.Message);
        Assert.IsType<ProtocolException>(byClient ? faults.First : faults.Second);
    }

    [Fact]
    public void A_refused_lane_is_refused_by_name_at_the_client()
    {
        InMemoryLanes lanes = new(server: (channel, number) => number == 1 ? new TamperedChannel(channel, 0, Tamper.Saturate) : channel);
        ProtocolException fault = Assert.IsType<ProtocolException>(Fail(lanes).First);
        Assert.Equal(PeerFault.RefusedByPeer, fault.Fault);
        Assert.Contains("joining a session: the server refused", fault.Message);
    }

    [Fact]
    public void A_lane_that_never_joins_ends_the_session_in_time()
    {
        InMemoryLanes lanes = new((channel, number) => number == 1 ? new TamperedChannel(channel, 0, Tamper.Truncate) : channel, timeoutMs: 300);
        ProtocolException fault = Assert.IsType<ProtocolException>(Fail(lanes).Second);
        Assert.Equal(PeerFault.TimedOut, fault.Fault);
        Assert.Contains("1 of 2 joined", fault.Message);
        Assert.Equal(PeerFault.WrongLength, Assert.IsType<ProtocolException>(Assert.Single(lanes.Refusals)).Fault);
    }

    [Fact]
    public void Cancellation_ends_a_wait_for_a_lane()
    {
        using CancellationTokenSource cancellation = new();
        InMemoryLanes lanes = new((channel, number) => number == 0 ? new DelayedChannel(channel, cancellation) : channel);
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel =>
            {
                using ClientSession session = ClientSession.Connect(channel, Model.Plan, TwoThreads, lanes.Open, cancellation.Token);
                session.Infer(SmallPlan.Images(1), cancellation: cancellation.Token);
            },
            channel => Harness.Sessions.Server(channel, new ServedModel(Model), session => { session.Serve(); return true; }, TwoThreads, lanes.Desk));
        Assert.IsAssignableFrom<OperationCanceledException>(faults.First);
        Assert.IsType<ProtocolException>(faults.Second);
    }

    private static long Declared(long transfersOfARow, int rows)
    {
        const int Batch = TransfersAhead.BatchTransfers;
        var (_, choices) = BaseOtDealer.Deal(1);
        (FramedChannel channel, FramedChannel other) = InMemoryChannel.CreatePair();
        using (channel)
        using (other)
        using (ICorrelatedOtSender sender = new CorrelatedOtFactory(CorrelatedOtChoice.Auto, transfersOfARow)
            .CreateSender(channel, choices, [1], "declared", Prg.Derive([], "roots")))
            return sender.CostOfNext((rows * transfersOfARow + Batch - 1) / Batch * Batch).Payload;
    }

    private static TwoPartyFaults Fail(InMemoryLanes lanes) => TwoParties.RunToFault(
        channel => Harness.Sessions.Client(channel, Model.Plan, session => session.Infer(SmallPlan.Images(1)), TwoThreads, lanes.Open),
        channel => Harness.Sessions.Server(channel, new ServedModel(Model), session => { session.Serve(); return true; }, TwoThreads, lanes.Desk));

    private static void Run(QuantizedModel model, SessionOptions client, SessionOptions server, InMemoryLanes lanes) => TwoParties.Run(
        channel => Harness.Sessions.Client(channel, model.Plan, session => session.Infer(SmallPlan.Images(1)), client, lanes.Open),
        channel => Harness.Sessions.Server(channel, new ServedModel(model), session => { session.Serve(); return true; }, server, lanes.Desk));

    /// <summary>A lane whose messages after the first are never sent; the first of them cancels.</summary>
    private sealed class DelayedChannel(IChannel inner, CancellationTokenSource cancellation) : IChannel
    {
        private int _sent;

        public ChannelCounters Counters => inner.Counters;

        public void Send(ushort tag, ReadOnlySpan<byte> payload)
        {
            if (_sent++ == 0) inner.Send(tag, payload);
            else cancellation.CancelAfter(50);
        }

        public void Receive(ushort tag, Span<byte> destination) => inner.Receive(tag, destination);

        public byte[] ReceiveUpTo(ushort tag, int maximumBytes) => inner.ReceiveUpTo(tag, maximumBytes);

        public void Flush() => inner.Flush();

        public void Abort() => inner.Abort();

        public void Dispose() => inner.Dispose();
    }
}
