using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Blindsight.EndToEnd;

public sealed partial class ServeAndInferTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    [Fact]
    public void A_server_answers_one_client_after_another_and_outlives_a_refused_one()
    {
        using Server server = new("serve", small.Model, "--plan", small.Plan, "--listen", "127.0.0.1:0", "--insecure");
        Tool.Outcome first = Infer(server);
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Matches(@"row 0: \d", first.Output);
        Assert.Matches(@"row 1: \d", first.Output);

        string other = File("other.plan");
        Assert.Equal(0, Tool.Run("compile", small.Model, "--calibration", small.Input, "--rows", "0-1", "--release", "label", "--out", other).ExitCode);
        Tool.Outcome refused = Infer(server, "--plan", other);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("plan", refused.Complaint);

        Tool.Outcome third = Infer(server, "--plan", small.Plan);
        Assert.True(third.ExitCode == 0, third.Error);
        Assert.Equal(Predictions(first), Predictions(third));
    }

    [Fact]
    public void Ctrl_C_ends_a_server_with_one_sentence()
    {
        using Server server = new("serve", small.Model, "--plan", small.Plan, "--listen", "127.0.0.1:0", "--insecure");
        using (Process kill = Process.Start("kill", ["-INT", $"{server.Process.Id}"])) kill.WaitForExit();
        Assert.True(server.Process.WaitForExit(20_000));
        Assert.Equal(130, server.Process.ExitCode);
        Assert.Equal("blindsight: Interrupted.", server.Process.StandardError.ReadToEnd().Trim());
    }

    [Fact]
    public void Ctrl_C_ends_a_run_and_its_parties()
    {
        using Process run = Tool.Start("run", small.Model, "--plan", small.Plan, "--input", small.Input, "--link", "mobile");
        int[] parties = [];
        for (int i = 0; i < 1200 && parties.Length < 2; i++)
        {
            Thread.Sleep(50);
            parties = Children(run.Id);
        }
        Assert.Equal(2, parties.Length);
        using (Process kill = Process.Start("kill", ["-INT", $"{run.Id}"])) kill.WaitForExit();
        Assert.True(run.WaitForExit(20_000));
        Assert.Equal(130, run.ExitCode);
        Assert.All(parties, party => Assert.False(Directory.Exists($"/proc/{party}")));
    }

    [Fact]
    public void A_server_that_is_killed_leaves_its_client_with_one_sentence()
    {
        Server server = new("serve", small.Model, "--plan", small.Plan, "--listen", "127.0.0.1:0", "--insecure", "--link", "mobile");
        using Process client = Tool.Start("infer", "--insecure", "--server", server.Address, "--input", small.Input, "--link", "mobile");
        Thread.Sleep(1500);
        server.Dispose();
        Assert.True(client.WaitForExit(30_000));
        Assert.Equal(1, client.ExitCode);
        Assert.StartsWith("blindsight: ", client.StandardError.ReadToEnd().Trim().Split('\n')[^1]);
    }

    private Tool.Outcome Infer(Server server, params string[] more) =>
        Tool.Run(["infer", "--insecure", "--server", server.Address, "--input", small.Input, "--rows", "0-1", .. more]);

    private static int[] Children(int process)
    {
        string list = $"/proc/{process}/task/{process}/children";
        return [.. System.IO.File.ReadAllText(list).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    private static string[] Predictions(Tool.Outcome outcome) => [.. outcome.Output.Split('\n').Where(line => line.StartsWith("row "))];

    /// <summary>A server's process, once it listens.</summary>
    private sealed partial class Server : IDisposable
    {
        public Server(params string[] arguments)
        {
            Process = Tool.Start(arguments);
            string line = Process.StandardOutput.ReadLine() ?? throw new InvalidOperationException(Process.StandardError.ReadToEnd());
            Address = Announcement().Match(line).Groups[1].Value;
        }

        public Process Process { get; }
        public string Address { get; }

        public void Dispose()
        {
            if (!Process.HasExited) Process.Kill();
            Process.Dispose();
        }

        [GeneratedRegex(@"at (127\.0\.0\.1:\d+);")]
        private static partial Regex Announcement();
    }
}
