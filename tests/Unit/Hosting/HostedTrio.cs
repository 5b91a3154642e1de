using System.Collections.Concurrent;
using System.Diagnostics;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Dealing;
using Blindsight.Hosting.Owner;
using Blindsight.Hosting.Server;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;

namespace Blindsight.Unit.Hosting;

/// <summary>Two servers, and a dealer where the comparison needs one, within the test's process, over loopback, on a small network.</summary>
internal sealed class HostedTrio : IDisposable
{
    private const int TimeoutMs = 30_000;

    private readonly string _folder;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<ServerSettings, ServerSettings> _settings;
    private readonly Func<string, ConnectionSecurity> _security;
    private readonly ConnectionSecurity _client;
    private DealerHost? _dealer;

    /// <param name="settings">Changes what the servers are started with.</param>
    /// <param name="security">How the party of a name protects its connections; without it, not at all.</param>
    public HostedTrio(string folder, Func<ServerSettings, ServerSettings>? settings = null, string comparison = ComparisonKinds.Tables,
        Func<string, ConnectionSecurity>? security = null)
    {
        _security = security ?? (_ => ConnectionSecurity.Insecure);
        _client = _security("client");
        (_folder, _settings) = (folder, settings ?? (standard => standard));
        Model = TwoServersTrial.Outsourced(OutsourcedPlan.Create(), comparison);
        ModelShareFile.Write(Model, In("a"), In("b"));
        if (comparison != ComparisonKinds.Transfers) StartDealer();
        First = Start(ServerRole.First, "127.0.0.1:0", "127.0.0.1:0");
        (FirstAddress, Link) = (First.ClientAddress, First.LinkAddress);
        Second = Start(ServerRole.Second, "127.0.0.1:0", Link);
        SecondAddress = Second.ClientAddress;
    }

    public QuantizedModel Model { get; }
    public InferencePlan Plan => Model.Plan;
    public byte[] PlanHash => PlanSerializer.Hash(Plan);
    public TwoServersHost First { get; private set; }
    public TwoServersHost Second { get; private set; }
    public string FirstAddress { get; }
    public string SecondAddress { get; }
    public string Link { get; }
    public string Dealer { get; private set; } = "127.0.0.1:0";

    /// <summary>What both servers reported, by the letter of the party.</summary>
    public ConcurrentQueue<(char Party, ServerReport Report)> Reports { get; } = new();

    public FloatTensor[] Row => OutsourcedPlan.Rows(1)[0];

    public OutsourcingClient Client() => new(new Uri(FirstAddress), new Uri(SecondAddress), _client);

    /// <summary>The first server's share, or the second's, of one split, from a file of its own.</summary>
    public ModelShareFile Share(ServerRole role) => ModelShareFile.Read(In($"{role.Letter()}"), role);

    public TwoServersHost Start(ServerRole role, string listen, string link, ModelShareFile? share = null, string? state = null,
        ConnectionSecurity? security = null)
    {
        string folder = In(state ?? $"state-{role.Letter()}");
        TwoServersHost host = new(share ?? Share(role), _settings(new(listen, link, Dealer, folder, security ?? _security(role.Part()))
        {
            PoolDepth = 2, Patience = TimeSpan.FromSeconds(15),
        }));
        host.Reported += report => Reports.Enqueue((role.Letter(), report));
        host.Start();
        return host;
    }

    public void StopSecond() => Second.Dispose();

    public void RestartSecond() => Second = Start(ServerRole.Second, new Uri(SecondAddress).Authority, Link);

    public void StopFirst() => First.Dispose();

    public void RestartFirst() => First = Start(ServerRole.First, new Uri(FirstAddress).Authority, Link);

    public void StopDealer()
    {
        _dealer?.Dispose();
        _dealer = null;
    }

    public void StartDealer()
    {
        DealerHost dealer = _dealer = new DealerHost(Plan, Dealer, _security(ServerRoles.Dealer), LinkProfile.None);
        Dealer = dealer.Address;
        new Thread(() =>
        {
            try
            {
                dealer.Run(_stop.Token);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException)
            {
                // The test has stopped it.
            }
        }) { IsBackground = true }.Start();
    }

    /// <summary>Submits a row, waits and collects.</summary>
    public async Task<(TicketQuery Query, FloatTensor[] Outputs)> AskAsync()
    {
        using OutsourcingClient client = Client();
        TicketQuery query = TicketQuery.Draw(0);
        await client.SubmitAsync(Plan, PlanHash, query, Row, null, default);
        return (query, await client.CollectAsync(Plan, PlanHash, query, wait: true, default).WaitAsync(TimeSpan.FromMilliseconds(TimeoutMs)));
    }

    public static void Until(Func<bool> condition, string what)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(elapsed.ElapsedMilliseconds < TimeoutMs, $"{what} within {TimeoutMs} ms");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
        _stop.Cancel();
        _dealer?.Dispose();
        _stop.Dispose();
    }

    private string In(string name) => Path.Combine(_folder, name);
}
