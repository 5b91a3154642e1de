using Blindsight.Harness;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Sessions.Lanes;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.Sessions.Lanes;

public sealed class LaneDeskTests
{
    private static readonly byte[] Binding = new byte[32], Other = [.. Enumerable.Repeat((byte)7, 32)];

    [Fact]
    public void Lanes_come_in_any_order_to_the_session_that_waits()
    {
        LaneDesk desk = new(5000);
        using LaneTicket ticket = desk.Expect(Binding), other = desk.Expect(Other);
        IChannel second = Join(desk, Binding, 1, null).Server, third = Join(desk, Other, 0, null).Server;
        IChannel fourth = Join(desk, Other, 1, null).Server, first = Join(desk, Binding, 0, null).Server;
        using SessionLanes one = ticket.Take(default), two = other.Take(default);
        Assert.Equal([first, second, third, fourth], new[] { one.Of(Role.Server), one.Of(Role.Client), two.Of(Role.Server), two.Of(Role.Client) });
    }

    [Theory]
    [InlineData(0, "lane already")]
    [InlineData(2, "no lane of this number")]
    [InlineData(255, "no lane of this number")]
    public void A_second_or_unknown_lane_is_refused_by_name_and_the_session_lives(int lane, string reason)
    {
        LaneDesk desk = new(5000);
        using LaneTicket ticket = desk.Expect(Binding);
        Join(desk, Binding, 0, null);
        Join(desk, Binding, lane, reason);
        Join(desk, Binding, 1, null);
        using SessionLanes lanes = ticket.Take(default);
    }

    [Fact]
    public void Wrong_and_late_tokens_are_refused_by_name()
    {
        const string Reason = "no session waits for this token";
        LaneDesk desk = new(5000);
        Join(desk, Binding, 0, Reason);
        using (LaneTicket ticket = desk.Expect(Binding))
        {
            Join(desk, Other, 0, Reason);
            Join(desk, Binding, 0, null);
            Join(desk, Binding, 1, null);
            using SessionLanes lanes = ticket.Take(default);
        }
        Join(desk, Binding, 0, Reason);
    }

    [Fact]
    public void A_session_that_gives_up_closes_what_came()
    {
        LaneDesk desk = new(50);
        FramedChannel lane;
        using (LaneTicket ticket = desk.Expect(Binding))
        {
            lane = Join(desk, Binding, 1, null).Client;
            ProtocolException fault = Assert.Throws<ProtocolException>(() => ticket.Take(default));
            Assert.Equal(PeerFault.TimedOut, fault.Fault);
            Assert.Contains("1 of 2 joined", fault.Message);
        }
        Assert.Equal(PeerFault.Disconnected, Assert.Throws<ProtocolException>(() => lane.PeekTag(1000)).Fault);
    }

    [Fact]
    public void Cancellation_ends_a_wait()
    {
        using CancellationTokenSource cancellation = new(50);
        using LaneTicket ticket = new LaneDesk().Expect(Binding);
        Assert.ThrowsAny<OperationCanceledException>(() => ticket.Take(cancellation.Token));
    }

    [Fact]
    public void Tokens_are_functions_of_the_handshake_and_are_not_it()
    {
        Assert.Equal(32, LaneJoin.Token(Binding).Length);
        Assert.Equal(LaneJoin.Token(Binding), LaneJoin.Token([.. Binding]));
        Assert.NotEqual(LaneJoin.Token(Binding), LaneJoin.Token(Other));
        Assert.NotEqual(Binding, LaneJoin.Token(Binding));
    }

    [Theory]
    [InlineData(nameof(Tamper.Truncate), PeerFault.WrongLength)]
    [InlineData(nameof(Tamper.WrongTag), PeerFault.UnexpectedMessage)]
    public void A_malformed_join_is_refused(string how, PeerFault expected)
    {
        (FramedChannel client, FramedChannel server) = InMemoryChannel.CreatePair();
        using (client)
        using (server)
        {
            LaneJoin.Send(new TamperedChannel(client, 0, how == nameof(Tamper.Truncate) ? Tamper.Truncate : Tamper.WrongTag), Binding, 0);
            Assert.Equal(expected, Assert.Throws<ProtocolException>(() => new LaneDesk().Deliver(server)).Fault);
        }
    }

    /// <summary>Joins, and checks that both ends hear of the refusal, or of none.</summary>
    private static (FramedChannel Client, FramedChannel Server) Join(LaneDesk desk, byte[] binding, int lane, string? refusal)
    {
        (FramedChannel client, FramedChannel server) = InMemoryChannel.CreatePair();
        LaneJoin.Send(client, LaneJoin.Token(binding), lane);
        Assert.True(LaneDesk.Joins(server.PeekTag(1000)));
        if (refusal is null)
        {
            desk.Deliver(server);
            LaneJoin.ReceiveAnswer(client);
            return (client, server);
        }
        Assert.Contains(refusal, Assert.Throws<ProtocolException>(() => desk.Deliver(server)).Message);
        ProtocolException heard = Assert.Throws<ProtocolException>(() => LaneJoin.ReceiveAnswer(client));
        Assert.Equal(PeerFault.RefusedByPeer, heard.Fault);
        Assert.Contains(refusal, heard.Message);
        return (client, server);
    }
}
