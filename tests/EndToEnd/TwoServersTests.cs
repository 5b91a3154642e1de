using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Server.Http;

namespace Blindsight.EndToEnd;

/// <summary>The deployment two-servers as a user starts it: owner, dealer, servers and client as processes, on the demo's digits.</summary>
public sealed partial class TwoServersTests : Workspace
{
    private const int Rows = 3;

    private static readonly string Demo = Path.Combine(Tool.Root, "assets", "demo");
    private readonly List<Role> _roles = [];
    private readonly HttpClient _http = new();

    private static string Images => Path.Combine(Demo, "digits-images.idx3-ubyte.gz");

    [Fact]
    public async Task Owner_and_client_are_away_while_two_servers_answer_and_whatever_goes_wrong_has_a_name()
    {
        try
        {
            Split();
            Role dealer = Start("dealer", "--plan", File("plan"), "--listen", "127.0.0.1:0", "--insecure");
            // A mobile link stretches a query to a second, so that a kill falls into it.
            Role first = Server("a", dealer, "127.0.0.1:0", "--link-listen", "127.0.0.1:0");
            Role second = Server("b", dealer, "127.0.0.1:0", "--peer", first.Link);
            await ManyRowsAreCollectedByAnotherProcess(first, second);
            await UploadsThatAreWrongAreRefused(first, second);
            (second, string lost) = await AServerIsKilledInTheMiddle(first, second, dealer);
            await LaterQueriesUseOtherCorrelations(first, second, lost);
            AnotherPlanIsRefused(first, second, dealer);
        }
        finally
        {
            foreach (Role role in _roles) role.Dispose();
            _http.Dispose();
        }
    }

    private void Split()
    {
        Tool.Outcome split = Tool.Run("split", Path.Combine(Demo, "digits.onnx"), "--calibration", Path.Combine(Demo, "calibration-images.idx3-ubyte.gz"),
            "--out-a", File("a.share"), "--out-b", File("b.share"), "--plan-out", File("plan"));
        Assert.True(split.ExitCode == 0, split.Error);
        AssertPrivate("a.share");
        AssertPrivate("b.share");
    }

    private async Task ManyRowsAreCollectedByAnotherProcess(Role first, Role second)
    {
        Tool.Outcome submitted = Submit(first, second, "ticket", $"0-{Rows - 1}");
        Assert.True(submitted.ExitCode == 0, submitted.Error);
        AssertPrivate("ticket");
        Ticket ticket = Ticket.Read(File("ticket"));
        Tool.Outcome collected = Collect("ticket", "--json", File("answers.json"));
        Assert.True(collected.ExitCode == 0, collected.Error);
        Assert.Equal([0, 0, 1], Predictions(collected));
        using (JsonDocument answers = JsonDocument.Parse(System.IO.File.ReadAllText(File("answers.json"))))
            Assert.Equal([0, 0, 1], answers.RootElement.GetProperty("top1").EnumerateArray().Select(top => top.GetInt32()));
        Assert.False(System.IO.File.Exists(File("ticket")));
        foreach (TicketQuery query in ticket.Queries)
            await AssertFault(HttpStatusCode.Gone, "Deleted", await _http.GetAsync($"{second.Address}/v1/queries/{query.Id}/result"));
    }

    private async Task UploadsThatAreWrongAreRefused(Role first, Role second)
    {
        ModelDescription model = (await _http.GetFromJsonAsync<ModelDescription>($"{first.Address}/v1/model"))!;
        using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] upload = new QueryUpload(SealedResult.PublicKey(key), new byte[32]).ToBytes(Convert.FromHexString(model.Plan));
        QueryId alone = QueryId.Draw();
        await AssertFault(HttpStatusCode.RequestEntityTooLarge, "TooLarge", await Upload(first, QueryId.Draw(), [.. upload, 0]));
        Assert.Equal(HttpStatusCode.Accepted, (await Upload(first, alone, upload)).StatusCode);
        await AssertFault(HttpStatusCode.Conflict, "DuplicateQuery", await Upload(first, alone, upload));
        Assert.Equal(("expired", "OtherShareMissing"), await Settled(first, alone));
        await AssertFault(HttpStatusCode.Conflict, "DuplicateQuery", await Upload(first, alone, upload));
        await AssertFault(HttpStatusCode.NotFound, "UnknownQuery", await _http.GetAsync($"{second.Address}/v1/queries/{alone}/result"));
    }

    /// <summary>Kills the second server with -9 while a query runs, and starts it again on its state.</summary>
    private async Task<(Role Second, string Lost)> AServerIsKilledInTheMiddle(Role first, Role second, Role dealer)
    {
        Assert.Equal(0, Submit(first, second, "lost.ticket", "0").ExitCode);
        string lost = Ticket.Read(File("lost.ticket")).Queries[0].Id;
        await Until(async () => (await State(second, lost)).State == "running", "the query runs");
        second.Process.Kill();
        second.Process.WaitForExit();
        Assert.Equal(("failed", "PeerLost"), await Settled(first, QueryId.Parse(lost)));
        Tool.Outcome unreachable = Collect("lost.ticket");
        Assert.Equal(1, unreachable.ExitCode);
        Assert.Contains("does not answer", unreachable.Complaint);
        Role again = Server("b", dealer, second.Address["http://".Length..], "--peer", first.Link);
        Assert.Equal(("failed", "ServerRestarted"), await Settled(again, QueryId.Parse(lost)));
        Tool.Outcome failed = Collect("lost.ticket");
        Assert.Equal(1, failed.ExitCode);
        Assert.Matches("PeerLost|ServerRestarted", failed.Complaint);
        return (again, lost);
    }

    private async Task LaterQueriesUseOtherCorrelations(Role first, Role second, string lost)
    {
        Assert.Equal(0, Submit(first, second, "later.ticket", "4").ExitCode);
        string later = Ticket.Read(File("later.ticket")).Queries[0].Id;
        Tool.Outcome collected = Collect("later.ticket", "--keep");
        Assert.True(collected.ExitCode == 0, collected.Error);
        Assert.Equal([2], Predictions(collected));
        ulong number = (await State(first, later)).Correlation!.Value;
        Assert.Equal(number, (await State(second, later)).Correlation);
        // Three rows, one for the killed query, and this one, each under a number of its own that both servers have given up since.
        Assert.True(number >= Rows + 2, $"number {number} was used before");
        Assert.Equal(("failed", "PeerLost"), await Settled(first, QueryId.Parse(lost)));
    }

    private void AnotherPlanIsRefused(Role first, Role second, Role dealer)
    {
        second.Process.Kill();
        second.Process.WaitForExit();
        Tool.Outcome split = Tool.Run("split", Path.Combine(Demo, "digits.onnx"), "--calibration", Path.Combine(Demo, "calibration-images.idx3-ubyte.gz"),
            "--comparison", "fss", "--out-a", File("a2.share"), "--out-b", File("b2.share"));
        Assert.True(split.ExitCode == 0, split.Error);
        Role wrong = Start("server", "--party", "b", "--shares", File("b2.share"), "--state", File("state-x"), "--listen", "127.0.0.1:0", "--insecure",
            "--peer", first.Link, "--dealer", dealer.Address);
        Assert.Contains("PlanMismatch", wrong.ReadUntil("other server: refused"));
        Tool.Outcome submitted = Submit(first, wrong, "wrong.ticket", "0");
        Assert.Equal(1, submitted.ExitCode);
        Assert.Contains("different plans", submitted.Complaint);
        Assert.False(System.IO.File.Exists(File("wrong.ticket")));
    }

    private void AssertPrivate(string name)
    {
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File(name)));
    }

    private Role Server(string party, Role dealer, string listen, params string[] link) => Start([
        "server", "--party", party, "--shares", File($"{party}.share"), "--state", File($"state-{party}"), "--listen", listen, "--insecure",
        "--dealer", dealer.Address,
        "--patience", "4", "--link", "mobile", .. link]);

    private Role Start(params string[] arguments)
    {
        Role role = new(arguments);
        _roles.Add(role);
        return role;
    }

    private Tool.Outcome Submit(Role first, Role second, string ticket, string rows) => Tool.Run(
        "submit", "--insecure", "--server-a", first.Address, "--server-b", second.Address, "--input", Images, "--rows", rows, "--ticket", File(ticket));

    private Tool.Outcome Collect(string ticket, params string[] more) => Tool.Run(["collect", "--insecure", "--ticket", File(ticket), "--wait", .. more]);

    private static int[] Predictions(Tool.Outcome outcome) => [.. Prediction().Matches(outcome.Output).Select(match => int.Parse(match.Groups[1].Value))];

    private Task<HttpResponseMessage> Upload(Role server, QueryId id, byte[] body) =>
        _http.PostAsync($"{server.Address}/v1/queries/{id}", new ByteArrayContent(body));

    private async Task<QueryAnswer> State(Role server, string id) => (await _http.GetFromJsonAsync<QueryAnswer>($"{server.Address}/v1/queries/{id}"))!;

    private async Task<(string, string?)> Settled(Role server, QueryId id)
    {
        QueryAnswer answer;
        do answer = (await _http.GetFromJsonAsync<QueryAnswer>($"{server.Address}/v1/queries/{id}?wait=10"))!;
        while (answer.State is "waiting" or "running");
        return (answer.State, answer.Fault);
    }

    private static async Task Until(Func<Task<bool>> condition, string what)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(30), what);
            await Task.Delay(10);
        }
    }

    private static async Task AssertFault(HttpStatusCode status, string fault, HttpResponseMessage answer) =>
        Assert.Equal((status, fault), (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<FaultBody>())!.Fault));

    [GeneratedRegex(@"^row \d+: (\d)", RegexOptions.Multiline)]
    private static partial Regex Prediction();

    /// <summary>A process that goes on, once it listens.</summary>
    private sealed partial class Role : IDisposable
    {
        public Role(string[] arguments)
        {
            Process = Tool.Start(arguments);
            string line = ReadUntil("Ctrl-C ends");
            Match found = Announcement().Match(line);
            Address = found.Groups[1].Value;
            Link = found.Groups[2].Value;
        }

        public Process Process { get; }
        public string Address { get; }
        public string Link { get; }

        public string ReadUntil(string text)
        {
            while (Process.StandardOutput.ReadLine() is { } line)
                if (line.Contains(text)) return line;
            throw new InvalidOperationException(Process.StandardError.ReadToEnd());
        }

        public void Dispose()
        {
            if (!Process.HasExited) Process.Kill();
            Process.Dispose();
        }

        [GeneratedRegex(@"at (\S+?)(?:;| and for party b at (\S+?);)")]
        private static partial Regex Announcement();
    }
}
