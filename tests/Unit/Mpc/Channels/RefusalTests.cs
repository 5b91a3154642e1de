using Blindsight.Harness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Mpc.Channels;

public sealed class RefusalTests
{
    [Fact]
    public void A_refusal_is_heard_in_the_place_of_any_message_though_much_was_sent_meanwhile()
    {
        (FramedChannel server, FramedChannel client) = LoopbackPair.Create();
        using (server)
        using (client)
        {
            client.Send(1, new byte[4 << 20]);
            client.Flush();
            Thread refusing = new(() => server.Refuse(PeerFault.LimitExceeded, "enough for\ntoday"));
            refusing.Start();
            ProtocolException refused = Assert.Throws<ProtocolException>(() => client.Receive(2, new byte[8]));
            Assert.Equal(PeerFault.RefusedByPeer, refused.Fault);
            Assert.Contains("LimitExceeded: enough fortoday", refused.Message);
            Assert.True(refusing.Join(10_000));
            Assert.Throws<OperationCanceledException>(() => server.Send(1, [1]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Refusals_that_are_none_end_the_session_all_the_same(int length)
    {
        (FramedChannel server, FramedChannel client) = LoopbackPair.Create();
        using (server)
        using (client)
        {
            server.Send(ushort.MaxValue, Enumerable.Repeat((byte)200, length).ToArray());
            server.Flush();
            ProtocolException refused = Assert.Throws<ProtocolException>(() => client.Receive(2, new byte[8]));
            Assert.Equal(PeerFault.RefusedByPeer, refused.Fault);
            Assert.InRange(refused.Message.Length, 1, 700);
        }
    }
}
