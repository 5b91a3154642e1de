using Blindsight.Harness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Mpc.Channels;

public sealed class TwoPartiesTests
{
    [Fact]
    public void The_root_cause_comes_first()
    {
        AggregateException faults = Assert.Throws<AggregateException>(() => TwoParties.Run(
            c => c.Receive(1, new byte[1]),
            _ => throw new InvalidOperationException("root")));
        Assert.Equal("root", faults.InnerExceptions[0].Message);
        Assert.Equal(PeerFault.Disconnected, Assert.IsType<ProtocolException>(faults.InnerExceptions[1]).Fault);
    }

    [Fact]
    public void A_deadlock_is_reported_with_what_each_party_waits_for()
    {
        TimeoutException fault = Assert.Throws<TimeoutException>(() => TwoParties.Run(
            c => c.Receive(1, new byte[1]), c => c.Receive(2, new byte[1]), timeoutMs: 100));
        Assert.Contains("receive 0x0001", fault.Message);
        Assert.Contains("receive 0x0002", fault.Message);
    }

    [Fact]
    public void Tampering_is_noticed_by_the_receiver()
    {
        foreach (Func<Message, Message> tamper in (Func<Message, Message>[])[Tamper.Truncate, Tamper.Extend, Tamper.WrongTag])
        {
            TwoPartyFaults faults = TwoParties.RunToFault(
                c => { TamperedChannel bad = new(c, 1, tamper); bad.Send(1, [1]); bad.Send(1, [2]); },
                c => { c.Receive(1, new byte[1]); c.Receive(1, new byte[1]); });
            Assert.IsType<ProtocolException>(faults.Second);
        }
    }
}
