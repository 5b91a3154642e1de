using System.Net.Sockets;
using Blindsight.Harness;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Server;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Tls;
using Blindsight.Unit.Transport.Tls;

namespace Blindsight.Unit.Hosting;

/// <summary>Two servers and a dealer whose every connection is protected.</summary>
public sealed class SecureServersTests : HostingFolder
{
    private readonly TlsFolder _tls = new();

    public override void Dispose()
    {
        _tls.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task Queries_are_answered_and_parties_play_their_own_parts_alone()
    {
        using HostedTrio trio = new(Folder, security: name => _tls.Party(name, serves: name != "client"));
        Assert.StartsWith("https://", trio.FirstAddress);
        (_, var outputs) = await trio.AskAsync();
        Assert.NotEmpty(outputs);

        // A client of the same authority is no server: not towards the first server, not towards the dealer, and not towards a client.
        using TwoServersHost wrong = trio.Start(ServerRole.Second, "127.0.0.1:0", trio.Link, state: "state-x", security: _tls.Party("mallory"));
        HostedTrio.Until(() => trio.Reports.Any(report => report is { Party: 'a', Report: ServerReport.Refused { Fault: "WrongName" } }), "the refusal");
        HostedTrio.Until(() => trio.Reports.Any(report => report.Report is ServerReport.Link { Name: "dealer" } link && link.State.Contains("WrongName")),
            "the dealer's refusal");
        using OutsourcingClient fooled = new(new Uri(trio.FirstAddress), new Uri(wrong.ClientAddress), _tls.Party("client", serves: false));
        QueryFaultException refused = await Assert.ThrowsAsync<QueryFaultException>(() => fooled.AgreedPlanAsync(default));
        Assert.Contains("WrongName", refused.Message);
        await trio.AskAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_without_a_certificate_are_answered_where_the_server_is_open_to_all(bool open)
    {
        using HostedTrio trio = new(Folder, settings => settings with { OpenToAll = open }, security: name => _tls.Party(name));
        using HttpClient bare = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
        if (open) Assert.Contains("\"party\"", await bare.GetStringAsync($"{trio.FirstAddress}/v1/model"));
        else await Assert.ThrowsAsync<HttpRequestException>(() => bare.GetStringAsync($"{trio.FirstAddress}/v1/model"));

        using TlsFolder other = new();
        using HttpClient stranger = new(new SocketsHttpHandler
        {
            SslOptions = { ClientCertificates = [Certificate(other)], RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetStringAsync($"{trio.FirstAddress}/v1/model"));
    }

    private static System.Security.Cryptography.X509Certificates.X509Certificate2 Certificate(TlsFolder folder)
    {
        folder.Party("stranger");
        TlsFiles files = folder.Files("stranger");
        return System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
    }
}
