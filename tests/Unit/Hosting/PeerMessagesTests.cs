using System.Security.Cryptography;
using Blindsight.Hosting;
using Blindsight.Hosting.Dealing;
using Blindsight.Hosting.Server.Links;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Hosting;

public sealed class PeerMessagesTests : IDisposable
{
    private readonly FramedChannel _mine, _theirs;

    public PeerMessagesTests() => (_mine, _theirs) = InMemoryChannel.CreatePair();

    public void Dispose()
    {
        _mine.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public void A_greeting_arrives_as_it_was_sent()
    {
        PeerGreeting sent = Greeting();
        sent.Send(_mine);
        _mine.Flush();
        PeerGreeting received = PeerGreeting.Receive(_theirs);
        Assert.Equal((sent.Role, sent.Purpose, sent.ClientAddress), (received.Role, received.Purpose, received.ClientAddress));
        Assert.Equal(sent.PlanHash, received.PlanHash);
        Assert.Equal(sent.Split, received.Split);
    }

    [Theory]
    [InlineData(0, 9, PeerFault.VersionMismatch)]
    [InlineData(1, 'c', PeerFault.MalformedMessage)]
    [InlineData(2, 0, PeerFault.MalformedMessage)]
    [InlineData(2, 3, PeerFault.MalformedMessage)]
    [InlineData(51, 7, PeerFault.MalformedMessage)]
    public void A_greeting_with_anything_else_in_a_place_is_refused(int at, byte value, PeerFault fault)
    {
        byte[] message = [1, (byte)'b', 1, .. new byte[48], .. "http://x"u8];
        message[at] = value;
        AssertFault(fault, TwoServersTag.PeerHello, message, channel => PeerGreeting.Receive(channel));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(252)]
    public void A_greeting_of_another_length_is_refused(int length) => Assert.Contains(
        Refused(TwoServersTag.PeerHello, [1, .. new byte[Math.Max(0, length - 1)]], channel => PeerGreeting.Receive(channel)),
        new[] { PeerFault.MalformedMessage, PeerFault.WrongLength });

    [Fact]
    public void Servers_that_do_not_belong_together_find_the_same_fault()
    {
        PeerGreeting mine = Greeting(), theirs = mine with { Role = ServerRole.Second };
        mine.Check(theirs);
        foreach ((PeerGreeting other, QueryFault fault) in new[]
        {
            (theirs with { PlanHash = new byte[32] }, QueryFault.PlanMismatch), (theirs with { Split = new byte[16] }, QueryFault.SplitMismatch),
            (mine, QueryFault.SplitMismatch),
        })
        {
            Assert.Equal(fault, Assert.Throws<QueryFaultException>(() => mine.Check(other)).Fault);
            Assert.Equal(fault, Assert.Throws<QueryFaultException>(() => other.Check(mine)).Fault);
        }
    }

    [Fact]
    public void A_notice_arrives_as_it_was_sent_and_tells_no_more_than_fits()
    {
        QueryId[] queries = [.. Enumerable.Range(0, PeerNotice.QueriesMax + 5).Select(_ => QueryId.Draw())];
        ulong[] numbers = [.. Enumerable.Range(1, PeerNotice.NumbersMax + 5).Select(i => (ulong)i)];
        Dealing dealing = Dealing.Draw();
        PeerNotice.Of(dealing, true, numbers, queries).Send(_mine);
        _mine.Flush();
        PeerNotice received = PeerNotice.Receive(_theirs);
        Assert.True(received.Opened);
        Assert.Equal(dealing.Id, received.Dealing);
        Assert.Equal(numbers[..PeerNotice.NumbersMax], received.Numbers);
        Assert.True(received.Queries.SetEquals(queries[..PeerNotice.QueriesMax]));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(18, 0, 0)]
    [InlineData(19, 1, 0)]
    [InlineData(19, 0xff, 0xff)]
    [InlineData(20, 0, 0)]
    [InlineData(27, 2, 0)]
    [InlineData(34, 0, 0)]
    public void A_notice_whose_parts_do_not_add_up_is_refused(int length, byte low, byte high)
    {
        byte[] message = new byte[length];
        if (length >= 19) (message[17], message[18]) = (low, high);
        AssertFault(PeerFault.MalformedMessage, TwoServersTag.PeerNotice, message, channel => PeerNotice.Receive(channel));
    }

    [Fact]
    public void A_notice_that_is_too_long_is_refused_before_it_is_read() =>
        AssertFault(PeerFault.WrongLength, TwoServersTag.PeerNotice, new byte[1 << 17], channel => PeerNotice.Receive(channel));

    [Fact]
    public void An_order_that_is_none_and_an_answer_that_is_none_are_refused()
    {
        AssertFault(PeerFault.MalformedMessage, TwoServersTag.PeerOrder, [4, .. new byte[24]], channel => PeerOrder.Receive(channel));
        using PeerMessagesTests again = new();
        again.AssertFault(PeerFault.MalformedMessage, TwoServersTag.PeerAnswer, [7], channel => PeerOrder.AwaitAnswer(channel, OrderKind.Run));
    }

    [Fact]
    public void What_follows_an_order_travels_with_it_and_its_answer_is_taken_first()
    {
        OrderingChannel leader = new(_mine);
        PeerOrder order = new(OrderKind.Run, 5, QueryId.Draw());
        leader.Order(order);
        leader.Send(TwoServersTag.TensorOpening, [1]);
        leader.Flush();
        Assert.Equal(order, PeerOrder.Receive(_theirs));
        byte[] opening = new byte[1];
        _theirs.Receive(TwoServersTag.TensorOpening, opening);
        PeerOrder.Answer(_theirs, agreed: true);
        _theirs.Send(TwoServersTag.TensorOpening, [2]);
        _theirs.Flush();
        leader.Receive(TwoServersTag.TensorOpening, opening);
        Assert.Equal([2], opening);
        leader.Order(order);
        leader.Flush();
        PeerOrder.Receive(_theirs);
        PeerOrder.Answer(_theirs, agreed: false);
        _theirs.Flush();
        Assert.Equal(PeerFault.RefusedByPeer, Assert.Throws<ProtocolException>(leader.Await).Fault);
    }

    [Theory]
    [InlineData(0, 2, PeerFault.VersionMismatch)]
    [InlineData(1, 'x', PeerFault.MalformedMessage)]
    public void A_greeting_to_a_dealer_with_anything_else_in_a_place_is_refused(int at, byte value, PeerFault fault)
    {
        byte[] message = [1, (byte)'a', .. new byte[48]];
        message[at] = value;
        AssertFault(fault, TwoServersTag.DealerHello, message, channel => DealerHello.Receive(channel));
    }

    [Theory]
    [InlineData(PeerFault.PlanMismatch)]
    [InlineData(PeerFault.LimitExceeded)]
    public void A_refusing_dealer_is_understood(PeerFault fault)
    {
        Dealing.Refuse(_mine, fault);
        _mine.Flush();
        Assert.Equal(fault, Assert.Throws<ProtocolException>(() => Dealing.Receive(_theirs)).Fault);
    }

    private static PeerGreeting Greeting() => new(
        ServerRole.First, LinkPurpose.Notices, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16), "http://127.0.0.1:7701");

    private void AssertFault(PeerFault fault, ushort tag, byte[] message, Action<IChannel> receive) => Assert.Equal(fault, Refused(tag, message, receive));

    private PeerFault Refused(ushort tag, byte[] message, Action<IChannel> receive)
    {
        _mine.Send(tag, message);
        _mine.Flush();
        return Assert.Throws<ProtocolException>(() => receive(_theirs)).Fault;
    }
}
