namespace Blindsight.EndToEnd;

public sealed class DemoTests
{
    [Fact]
    public void The_demonstration_reads_digits_and_says_who_learned_what()
    {
        Tool.Outcome outcome = Tool.Run("demo", "--digits", "3");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("█", outcome.Output);
        Assert.Contains("3 of 3 digits", outcome.Output);
        Assert.Matches(@"offline +\d+\.\d+ ", outcome.Output);
        Assert.Matches(@"online +\d+\.\d+ ", outcome.Output);
        Assert.Contains("who learned what", outcome.Output);
        Assert.DoesNotContain("\u001b", outcome.Output);
    }
}
