using Blindsight.Harness;
using Blindsight.Inference.Sessions;

namespace Blindsight.Unit.Inference.Sessions;

public sealed class ProgressTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Both_parties_report_every_part_of_both_phases_with_time_left(int rows)
    {
        Log client = new(), server = new();
        TwoParties.Run(
            channel => Harness.Sessions.Client(channel, null, session => session.Infer(SmallPlan.Rows(rows), client)),
            channel => Harness.Sessions.Server(channel, new ServedModel(SmallPlan.OfEveryStep()), session => { session.Serve(server); return true; }));
        foreach (Phase phase in (Phase[])[Phase.Offline, Phase.Online])
        {
            StepProgress[] seen = [.. client.Seen.Where(progress => progress.Phase == phase)];
            Assert.Equal(seen.Select(part => part.Name), server.Seen.Where(progress => progress.Phase == phase).Select(part => part.Name));
            Assert.Equal(Enumerable.Range(1, seen.Length), seen.Select(part => part.Step));
            Assert.All(seen, part => Assert.Equal(seen.Length, part.Steps));
            Assert.All(seen, part => Assert.True(part.Remaining >= TimeSpan.Zero));
            Assert.True(seen[0].Remaining > TimeSpan.Zero);
            Assert.Equal(TimeSpan.Zero, seen[^1].Remaining);
        }
    }

    [Fact]
    public void Time_left_follows_the_work_rather_than_the_number_of_parts()
    {
        Log log = new();
        SetClock clock = new();
        PhaseProgress progress = new(Phase.Online, [90, 5, 5], log, clock);
        clock.Now = TimeSpan.FromSeconds(18);
        progress.Done("heavy");
        progress.Done("light");
        progress.Done("last");
        Assert.Equal((18, 2), (log.Seen[0].Elapsed.TotalSeconds, log.Seen[0].Remaining!.Value.TotalSeconds));
        Assert.Equal([1, 2, 3], log.Seen.Select(part => part.Step));
    }

    [Fact]
    public void Parts_without_work_leave_the_time_open() => Assert.Null(Single([0, 1]).Remaining);

    private static StepProgress Single(double[] work)
    {
        Log log = new();
        new PhaseProgress(Phase.Offline, work, log, TimeProvider.System).Done("part");
        return Assert.Single(log.Seen);
    }

    private sealed class SetClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class Log : IProgress<StepProgress>
    {
        public List<StepProgress> Seen { get; } = [];

        public void Report(StepProgress value) => Seen.Add(value);
    }
}
