using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Dealing;
using Blindsight.Hosting.Server;
using Blindsight.Hosting.Server.Http;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;

namespace Blindsight.Unit.Hosting;

public sealed class TwoServersHostTests : HostingFolder
{
    private readonly HttpClient _http = new();

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task Many_clients_at_once_get_what_the_clear_reference_gives_under_numbers_of_their_own()
    {
        using HostedTrio trio = new(Folder);
        float[] expected = new FixedPointReference(trio.Model).Run(trio.Row)[0].Data;
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => trio.AskAsync()));
        foreach ((_, FloatTensor[] outputs) in answers)
            for (int i = 0; i < expected.Length; i++) Assert.InRange(outputs[0].Data[i] - expected[i], -0.1, 0.1);
        foreach (char party in "ab")
        {
            ServerReport[] reports = [.. trio.Reports.Where(report => report.Party == party).Select(report => report.Report)];
            ServerReport.Answered[] answered = [.. reports.OfType<ServerReport.Answered>()];
            Assert.Equal(6, answered.Select(one => one.Correlation).Distinct().Count());
            Assert.Single(reports.OfType<ServerReport.WeightsOpened>());
        }
    }

    [Fact]
    public async Task Without_a_dealer_servers_make_correlations_on_each_link_anew_under_numbers_of_their_own()
    {
        using HostedTrio trio = new(Folder, comparison: ComparisonKinds.Transfers);
        float[] expected = new FixedPointReference(trio.Model).Run(trio.Row)[0].Data;
        for (int link = 1; link <= 2; link++)
        {
            foreach ((_, FloatTensor[] outputs) in await Task.WhenAll(trio.AskAsync(), trio.AskAsync()))
                for (int i = 0; i < expected.Length; i++) Assert.InRange(outputs[0].Data[i] - expected[i], -0.1, 0.1);
            Assert.Equal(2 * link, trio.Reports.Count(report => report.Report is ServerReport.KeysExchanged));
            Assert.Equal(2 * link, trio.Reports.Where(report => report.Party == 'a').Select(report => report.Report).OfType<ServerReport.Answered>()
                .Select(answered => answered.Correlation).Distinct().Count());
            if (link == 2) break;
            trio.StopSecond();
            HostedTrio.Until(() => !trio.First.Ready, "the first server misses the second");
            trio.RestartSecond();
        }
        Assert.DoesNotContain(trio.Reports, report => report.Report is ServerReport.WeightsOpened or ServerReport.Link { Name: "dealer" });
    }

    [Fact]
    public async Task A_result_is_deleted_at_both_servers_and_its_identifier_stays_refused()
    {
        using HostedTrio trio = new(Folder);
        (TicketQuery query, _) = await trio.AskAsync();
        using OutsourcingClient client = trio.Client();
        await client.DeleteAsync(query, default);
        foreach (string server in new[] { trio.FirstAddress, trio.SecondAddress })
            await AssertFault(HttpStatusCode.Gone, "Deleted", await _http.GetAsync($"{server}/v1/queries/{query.Id}/result"));
        Assert.Equal(QueryFault.DuplicateQuery,
            (await Assert.ThrowsAsync<QueryFaultException>(() => client.SubmitAsync(trio.Plan, trio.PlanHash, query, trio.Row, null, default))).Fault);
    }

    [Fact]
    public async Task A_share_at_one_server_only_expires_there_by_name()
    {
        using HostedTrio trio = new(Folder, settings => settings with { Patience = TimeSpan.FromSeconds(1) });
        HostedTrio.Until(() => trio.First.Ready && trio.Second.Ready, "servers find each other");
        foreach ((string server, ServerRole role) in new[] { (trio.FirstAddress, ServerRole.First), (trio.SecondAddress, ServerRole.Second) })
        {
            QueryId id = QueryId.Draw();
            Assert.Equal(HttpStatusCode.Accepted, (await Upload(server, id, Body(trio, role))).StatusCode);
            await AssertFault(HttpStatusCode.Conflict, "NotReady", await _http.GetAsync($"{server}/v1/queries/{id}/result"));
            Assert.Equal("OtherShareMissing", (await Settled(server, id)).Fault);
            await AssertFault(HttpStatusCode.BadGateway, "OtherShareMissing", await _http.GetAsync($"{server}/v1/queries/{id}/result"));
        }
    }

    [Fact]
    public async Task Every_wrong_request_has_its_status_and_its_name()
    {
        using HostedTrio trio = new(Folder, settings => settings with { WaitingMax = 1 });
        string server = trio.FirstAddress;
        byte[] body = Body(trio, ServerRole.First), otherVersion = [.. body], otherPlan = [.. body], badKey = [.. body];
        otherVersion[0] = 2;
        otherPlan[5] ^= 1;
        badKey[90] ^= 1;
        await AssertFault(HttpStatusCode.BadRequest, "BadIdentifier", await Upload(server, "12", body));
        await AssertFault(HttpStatusCode.BadRequest, "BadIdentifier", await Upload(server, new string('g', 32), body));
        await AssertFault(HttpStatusCode.BadRequest, "WrongLength", await Upload(server, QueryId.Draw(), body[..^1]));
        await AssertFault(HttpStatusCode.BadRequest, "WrongLength", await Upload(server, QueryId.Draw(), []));
        await AssertFault(HttpStatusCode.RequestEntityTooLarge, "TooLarge", await Upload(server, QueryId.Draw(), [.. body, 0]));
        await AssertFault(HttpStatusCode.RequestEntityTooLarge, "TooLarge", await UploadChunked(server, body.Length + 1));
        await AssertFault(HttpStatusCode.BadRequest, "UnsupportedVersion", await Upload(server, QueryId.Draw(), otherVersion));
        await AssertFault(HttpStatusCode.BadRequest, "PlanMismatch", await Upload(server, QueryId.Draw(), otherPlan));
        await AssertFault(HttpStatusCode.BadRequest, "BadKey", await Upload(server, QueryId.Draw(), badKey));
        await AssertFault(HttpStatusCode.NotFound, "UnknownQuery", await _http.GetAsync($"{server}/v1/queries/{QueryId.Draw()}"));
        await AssertFault(HttpStatusCode.NotFound, "UnknownQuery", await _http.GetAsync($"{server}/v1/queries/{QueryId.Draw()}/result"));
        await AssertFault(HttpStatusCode.NotFound, "UnknownQuery", await _http.DeleteAsync($"{server}/v1/queries/{QueryId.Draw()}"));
        await AssertFault(HttpStatusCode.NotFound, "NotFound", await _http.GetAsync($"{server}/v1/elsewhere"));
        await AssertFault(HttpStatusCode.NotFound, "NotFound", await _http.GetAsync($"{server}/page/../../etc/passwd"));
        await AssertFault(HttpStatusCode.NotFound, "NotFound", await _http.GetAsync($"{server}/v1/queries/{QueryId.Draw()}/seen"));
        await AssertFault(HttpStatusCode.BadRequest, "BadIdentifier", await _http.GetAsync($"{server}/v1/queries/{QueryId.Draw()}?wait=31"));
        QueryId waiting = QueryId.Draw();
        Assert.Equal(HttpStatusCode.Accepted, (await Upload(server, waiting, body)).StatusCode);
        await AssertFault(HttpStatusCode.Conflict, "DuplicateQuery", await Upload(server, waiting, body));
        await AssertFault(HttpStatusCode.TooManyRequests, "TooManyWaiting", await Upload(server, QueryId.Draw(), body));
    }

    [Fact]
    public async Task A_browser_of_any_origin_may_ask()
    {
        using HostedTrio trio = new(Folder, settings => settings with { ShowsShares = true });
        using HttpRequestMessage preflight = new(HttpMethod.Options, $"{trio.FirstAddress}/v1/queries/{QueryId.Draw()}");
        HttpResponseMessage answer = await _http.SendAsync(preflight);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        HostedTrio.Until(() => trio.First.Ready, "servers find each other");
        ModelDescription model = (await _http.GetFromJsonAsync<ModelDescription>($"{trio.FirstAddress}/v1/model"))!;
        Assert.Equal(("a", trio.SecondAddress), (model.Party, model.Peer));
        Assert.Equal(trio.PlanHash, SHA256.HashData(await _http.GetByteArrayAsync($"{trio.FirstAddress}/v1/plan")));
        QueryId id = QueryId.Draw();
        await Upload(trio.SecondAddress, id, Body(trio, ServerRole.Second));
        Assert.Equal(Body(trio, ServerRole.Second)[98..], await _http.GetByteArrayAsync($"{trio.SecondAddress}/v1/queries/{id}/seen"));
    }

    [Fact]
    public async Task A_server_that_vanishes_in_the_middle_fails_the_query_by_name_and_nothing_is_used_again()
    {
        // A mobile link stretches a query over seconds, so that the stop falls into it.
        using HostedTrio trio = new(Folder, settings => settings with { Emulated = LinkProfile.Mobile, Held = true });
        using OutsourcingClient client = trio.Client();
        TicketQuery lost = TicketQuery.Draw(0);
        await client.SubmitAsync(trio.Plan, trio.PlanHash, lost, trio.Row, null, default);
        QueryId id = QueryId.Parse(lost.Id);
        HostedTrio.Until(() => trio.Reports.Any(report => report is { Party: 'a', Report: ServerReport.Prepared }), "a query is prepared");
        trio.First.Release();
        // Well within the seconds that the query takes on this link, and long after it began.
        Thread.Sleep(700);
        trio.StopSecond();
        Assert.Equal(("failed", "PeerLost"), Named(await Settled(trio.FirstAddress, id)));
        Assert.Equal(QueryFault.Unreachable, (await Assert.ThrowsAsync<QueryFaultException>(
            () => client.CollectAsync(trio.Plan, trio.PlanHash, lost, wait: true, default))).Fault);
        trio.RestartSecond();
        Assert.Equal(("failed", "ServerStopped"), Named(await Settled(trio.SecondAddress, id)));
        Assert.Equal(QueryFault.DuplicateQuery,
            (await Assert.ThrowsAsync<QueryFaultException>(() => client.SubmitAsync(trio.Plan, trio.PlanHash, lost, trio.Row, null, default))).Fault);
        (TicketQuery later, _) = await trio.AskAsync();
        ulong number = State(trio.FirstAddress, QueryId.Parse(later.Id)).Correlation!.Value;
        Assert.True(number > 1, $"correlations {number} were used before");
    }

    [Fact]
    public async Task Queries_go_on_after_the_first_server_comes_back_and_without_a_dealer_from_the_pool()
    {
        using HostedTrio trio = new(Folder);
        await trio.AskAsync();
        trio.StopFirst();
        trio.RestartFirst();
        await trio.AskAsync();
        HostedTrio.Until(() => Directory.GetFiles(Directory.GetDirectories(In("state-b"), "pool-*")[0], "*.query").Length == 2, "the pool is full");
        trio.StopDealer();
        await trio.AskAsync();
        await trio.AskAsync();
    }

    [Fact]
    public async Task A_dealer_that_is_started_again_deals_under_new_masks()
    {
        using HostedTrio trio = new(Folder);
        await trio.AskAsync();
        string pool = Directory.GetDirectories(In("state-a"), "pool-*").Single();
        trio.StopDealer();
        trio.StartDealer();
        HostedTrio.Until(() => Directory.GetDirectories(In("state-a"), "pool-*").Single() != pool, "a new dealing");
        await trio.AskAsync();
        Assert.Equal(2, trio.Reports.Count(report => report.Party == 'a' && report.Report is ServerReport.WeightsOpened));
    }

    [Fact]
    public async Task Servers_with_shares_of_different_splits_or_plans_refuse_by_name()
    {
        using HostedTrio trio = new(Folder);
        trio.StopSecond();
        string other = Directory.CreateDirectory(In("other")).FullName;
        using HostedTrio stranger = new(other);
        using TwoServersHost wrong = trio.Start(ServerRole.Second, "127.0.0.1:0", trio.Link, stranger.Share(ServerRole.Second), "state-x");
        HostedTrio.Until(() => trio.Reports.Any(report => report.Report is ServerReport.Link link && link.State.Contains("SplitMismatch")), "the refusal");
        await AssertFault(HttpStatusCode.ServiceUnavailable, "SplitMismatch", await Upload(trio.FirstAddress, QueryId.Draw(), Body(trio, ServerRole.First)));
        await AssertFault(HttpStatusCode.ServiceUnavailable, "SplitMismatch", await Upload(wrong.ClientAddress, QueryId.Draw(), Body(trio, ServerRole.Second)));
        trio.RestartSecond();
        await trio.AskAsync();
    }

    [Fact]
    public void A_dealer_refuses_plans_that_need_none() => Assert.Throws<ParameterException>(() => new DealerHost(
        TwoServersTrial.Outsourced(OutsourcedPlan.Create(), ComparisonKinds.Transfers).Plan, "127.0.0.1:0", ConnectionSecurity.Insecure,
        LinkProfile.None));

    [Fact]
    public void Only_addresses_of_this_machine_are_taken()
    {
        using HostedTrio trio = new(Folder);
        ServerSettings good = new("127.0.0.1:0", "127.0.0.1:0", trio.Dealer, In("y"), ConnectionSecurity.Insecure);
        foreach (ServerSettings bad in new[] { good with { Listen = "0.0.0.0:0" }, good with { Link = "10.0.0.1:1" }, good with { Dealer = "example.org:1" } })
            Assert.Throws<ParameterException>(() => new TwoServersHost(trio.Share(ServerRole.First), bad));
        foreach (string address in new[] { "https://127.0.0.1:1", "http://192.168.1.1:80", "http://127.0.0.1", "x" })
            Assert.Throws<ParameterException>(() => ServerAddress.Parse(address, ConnectionSecurity.Insecure));
    }

    private static byte[] Body(HostedTrio trio, ServerRole role)
    {
        using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] share = new byte[QueryUpload.BytesOf(trio.Plan, role) - 98];
        share.AsSpan().Fill(7);
        return new QueryUpload(SealedResult.PublicKey(key), share).ToBytes(trio.PlanHash);
    }

    private Task<HttpResponseMessage> Upload(string server, QueryId id, byte[] body) => Upload(server, $"{id}", body);

    private Task<HttpResponseMessage> Upload(string server, string id, byte[] body) =>
        _http.PostAsync($"{server}/v1/queries/{id}", new ByteArrayContent(body));

    /// <summary>A body that does not say how long it is.</summary>
    private async Task<HttpResponseMessage> UploadChunked(string server, int bytes)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"{server}/v1/queries/{QueryId.Draw()}");
        request.Content = new StreamContent(new MemoryStream(new byte[bytes]));
        request.Content.Headers.ContentLength = null;
        request.Headers.TransferEncodingChunked = true;
        return await _http.SendAsync(request);
    }

    private async Task<QueryAnswer> Settled(string server, QueryId id)
    {
        QueryAnswer answer;
        do answer = (await _http.GetFromJsonAsync<QueryAnswer>($"{server}/v1/queries/{id}?wait=10"))!;
        while (answer.State is "waiting" or "running");
        return answer;
    }

    private QueryAnswer State(string server, QueryId id) => _http.GetFromJsonAsync<QueryAnswer>($"{server}/v1/queries/{id}").GetAwaiter().GetResult()!;

    private static (string, string?) Named(QueryAnswer answer) => (answer.State, answer.Fault);

    private static async Task AssertFault(HttpStatusCode status, string fault, HttpResponseMessage answer)
    {
        FaultBody body = (await answer.Content.ReadFromJsonAsync<FaultBody>())!;
        Assert.Equal((status, fault), (answer.StatusCode, body.Fault));
        Assert.NotEmpty(body.Message);
    }
}
