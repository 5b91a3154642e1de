namespace Blindsight.EndToEnd;

public sealed class HelpTests
{
    [Theory]
    [InlineData("demo")]
    [InlineData("run")]
    [InlineData("compare")]
    [InlineData("check")]
    [InlineData("measure")]
    [InlineData("bench predictions")]
    [InlineData("compile")]
    [InlineData("inspect")]
    [InlineData("evaluate")]
    [InlineData("serve")]
    [InlineData("infer")]
    [InlineData("split")]
    [InlineData("dealer")]
    [InlineData("server")]
    [InlineData("submit")]
    [InlineData("collect")]
    [InlineData("enclave")]
    [InlineData("host")]
    [InlineData("upload-model")]
    [InlineData("query")]
    [InlineData("certs")]
    [InlineData("train")]
    [InlineData("plan")]
    [InlineData("synthesize")]
    [InlineData("bench")]
    [InlineData("bench kernels")]
    [InlineData("bench networks")]
    [InlineData("bench serving")]
    public void Every_command_shows_how_it_is_used(string command)
    {
        Tool.Outcome outcome = Tool.Run([.. command.Split(' '), "--help"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains($"  blindsight {command}", outcome.Output[outcome.Output.IndexOf("Examples:")..]);
    }
}
