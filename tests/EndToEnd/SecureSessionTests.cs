using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Blindsight.EndToEnd;

/// <summary>Server and clients as processes, under certificates that the tool itself made.</summary>
public sealed partial class SecureSessionTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    [Fact]
    public void Certified_parties_meet_and_others_are_told_why_they_do_not()
    {
        Make("certs", "--out", File("tls"), "--server", "server", "--client", "alice");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File("tls/server/key.pem")));
        Make("certs", "--out", File("strange"), "--client", "alice");
        System.IO.File.Copy(File("tls/authority.pem"), File("strange/alice/authority.pem"), overwrite: true);

        using Process server = Tool.Start("serve", small.Model, "--plan", small.Plan, "--listen", "127.0.0.1:0", "--tls", File("tls/server"), "--confine");
        try
        {
            string address = Announcement().Match(server.StandardOutput.ReadLine() ?? server.StandardError.ReadToEnd()).Groups[1].Value;
            AssertAnswered(Infer(address, "--tls", File("tls/alice"), "--confine"));
            Assert.Contains("UnknownAuthority", Refused(Infer(address, "--tls", File("strange/alice"))));
            Refused(Infer(address, "--insecure"));

            // Renewed while the server runs, for another host: what clients see next is the new certificate.
            Make("certs", "--out", File("tls"), "--server", "server", "--host", "elsewhere.example");
            Assert.Contains("dialled", Refused(Infer(address, "--tls", File("tls/alice"))));
            Make("certs", "--out", File("tls"), "--server", "server");
            AssertAnswered(Infer(address, "--certificate", File("tls/alice/certificate.pem"), "--key", File("tls/alice/key.pem"),
                "--authority", File("tls/authority.pem")));
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
        string errors = server.StandardError.ReadToEnd();
        Assert.Contains("UnknownAuthority", errors);
        Assert.Contains("HandshakeFailed", errors);
    }

    private Tool.Outcome Infer(string address, params string[] more) =>
        Tool.Run(["infer", "--server", address, "--input", small.Input, "--rows", "0", .. more]);

    private static void AssertAnswered(Tool.Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Matches(@"row 0: \d", outcome.Output);
    }

    private static string Refused(Tool.Outcome outcome)
    {
        Assert.Equal(1, outcome.ExitCode);
        return outcome.Complaint;
    }

    private static void Make(params string[] arguments)
    {
        Tool.Outcome outcome = Tool.Run(arguments);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    [GeneratedRegex(@"at (127\.0\.0\.1:\d+);")]
    private static partial Regex Announcement();
}
