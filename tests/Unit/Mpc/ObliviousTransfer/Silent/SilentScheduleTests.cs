using Blindsight.Arithmetic;
using Blindsight.Mpc.ObliviousTransfer.Silent;

namespace Blindsight.Unit.Mpc.ObliviousTransfer.Silent;

public sealed class SilentScheduleTests
{
    [Fact]
    public void Every_set_has_128_bits_of_security() =>
        Assert.All(LpnParameters.Table, row => Assert.True(row.SecurityBits >= 128));

    [Theory]
    [InlineData(1 << 15, 340, 9, 127.9)]
    [InlineData(1000, 340, 9, 130)]
    [InlineData(1 << 22, 340, 9, 130)]
    [InlineData(1 << 15, 0, 9, 130)]
    [InlineData(1 << 15, 340, 1, 130)]
    [InlineData(1 << 15, 340, 17, 130)]
    public void Weak_or_malformed_sets_are_refused(int k, int t, int depth, double bits) =>
        Assert.Throws<ParameterException>(() => LpnParameters.Create(k, t, depth, bits));

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    [InlineData(100_000_000)]
    [InlineData(1_000_000_000_000)]
    public void Iterations_never_shrink_and_each_feeds_the_next(long expected)
    {
        SilentSchedule schedule = SilentSchedule.For(expected);
        Assert.Same(LpnParameters.Table[0], schedule.At(0));
        for (int i = 0; i < 10; i++)
        {
            Assert.Contains(schedule.At(i), LpnParameters.Table);
            Assert.True(schedule.At(i + 1).Samples >= schedule.At(i).Samples);
            Assert.True(schedule.Delivered(i) > 0);
        }
    }

    [Fact]
    public void Large_totals_climb_to_the_largest_set() =>
        Assert.Same(LpnParameters.Table[^1], SilentSchedule.For(1_000_000_000).At(100));
}
