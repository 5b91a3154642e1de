using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Mpc.Channels;

public sealed class RoundClockTests
{
    [Fact]
    public void The_clock_runs_on_where_sixteen_bits_wrap_around()
    {
        RoundClock first = default, second = default;
        for (int i = 0; i < 100_000; i++)
        {
            second.Receive(first.Send());
            first.Receive(second.Send());
        }
        Assert.Equal(200_000, first.Rounds);
        Assert.Equal(200_000, second.Rounds);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(32_767)]
    public void A_lying_peer_gains_no_more_than_an_honest_one_could(ushort claimed)
    {
        RoundClock clock = default;
        clock.Receive(claimed);
        Assert.Equal(1, clock.Rounds);
        clock.Send();
        clock.Receive((ushort)(claimed + 1000));
        Assert.InRange(clock.Rounds, 2, 3);
    }

    [Fact]
    public void An_older_time_does_not_turn_the_clock_back()
    {
        RoundClock clock = default;
        clock.Send();
        clock.Receive(2);
        clock.Receive(1);
        clock.Receive(0);
        Assert.Equal(2, clock.Rounds);
    }
}
