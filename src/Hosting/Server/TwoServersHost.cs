using System.Net;
using Blindsight.Hosting.Owner;
using Blindsight.Hosting.Pages;
using Blindsight.Hosting.Server.Http;
using Blindsight.Hosting.Server.Links;
using Blindsight.Hosting.Server.Queries;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Blindsight.Hosting.Server;

/// <summary>How a server is started. All addresses are HOST:PORT; of this machine where nothing protects them.</summary>
/// <param name="Listen">For clients, over HTTPS, or HTTP where nothing protects it.</param>
/// <param name="Link">The first server: where it waits for the second; the second: where the first waits.</param>
/// <param name="Dealer">Where the dealer waits; of no use where the plan needs none.</param>
/// <param name="State">The folder of pool, identifiers and sealed results; one process at a time.</param>
/// <param name="Security">How connections of every kind are protected.</param>
public sealed record ServerSettings(string Listen, string Link, string Dealer, string State, ConnectionSecurity Security)
{
    /// <summary>Queries whose correlations are held ahead, on disk.</summary>
    public int PoolDepth { get; init; } = 4;

    /// <summary>Queries that wait or run at once.</summary>
    public int WaitingMax { get; init; } = 64;

    /// <summary>How long a result waits to be collected.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a query waits for its other share, or for the other server.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long identifiers of ended queries stay refused.</summary>
    public TimeSpan KeepIdentifiers { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The link to emulate on what is sent to the other server.</summary>
    public LinkProfile Emulated { get; init; } = LinkProfile.None;

    /// <summary>Whether clients may ask for the first bytes of the share that this server was sent.</summary>
    public bool ShowsShares { get; init; }

    /// <summary>Whether clients need no certificate, as browsers have none.</summary>
    public bool OpenToAll { get; init; }

    /// <summary>Whether no query is ordered before <see cref="TwoServersHost.Release"/>.</summary>
    public bool Held { get; init; }
}

/// <summary>
/// One of the two servers as a process: waits for clients over HTTP, keeps the link to the other server and the pool of correlations, and runs queries
/// one after another on a thread of its own.
/// </summary>
public sealed class TwoServersHost : IDisposable
{
    private const int SweepMs = 250, DealerRetryMs = 300, DealerConnectMs = 1000;

    private static readonly ChannelOptions Patient = ChannelOptions.Default with { TimeoutMs = int.MaxValue };

    private readonly ServerSettings _settings;
    private readonly ServerNode _node;
    private readonly PeerLink _link;
    private readonly TcpChannelListener? _listener;
    private readonly WebApplication _web;
    private readonly Workers _workers = new();
    private readonly CancellationTokenSource _stop = new();
    private string _lastDealer = "";

    /// <summary>Opens the folder and begins to listen. Nothing runs before <see cref="Start"/>.</summary>
    /// <exception cref="Arithmetic.ParameterException">An address is malformed, not of this machine, or taken.</exception>
    /// <exception cref="IOException">Another process uses the folder.</exception>
    public TwoServersHost(ModelShareFile share, ServerSettings settings)
    {
        _settings = settings;
        IPEndPoint clients = PartyAddress.Parse(settings.Listen, settings.Security).ToListen();
        PartyAddress.Parse(settings.Link, settings.Security);
        PartyAddress.Parse(settings.Dealer, settings.Security);
        Files.PrivateFile.CreateFolder(settings.State);
        _node = new ServerNode(share, settings.State, new DeskLimits(settings.WaitingMax, settings.Keep, settings.Patience, settings.KeepIdentifiers),
            settings.PoolDepth, TimeProvider.System);
        if (settings.Held) _node.Gate.Reset();
        _node.Reported += report => Reported?.Invoke(report);
        _link = new PeerLink(_node, settings.Emulated, settings.Security, _workers);
        if (share.Role == ServerRole.First) _listener = TcpTransport.Listen(settings.Link, settings.Security);
        _web = Web(clients, settings, Client.QueryUpload.BytesOf(share.Plan, share.Role),
            new ClientInterface(_node, new EmbeddedPages(), settings.Keep, settings.ShowsShares));
    }

    /// <summary>Told what happens, on the thread where it does.</summary>
    public event Action<ServerReport>? Reported;

    /// <summary>Where clients find it, once it was started.</summary>
    public string ClientAddress => _node.ClientAddress ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>Where the first server waits for the second; empty at the second.</summary>
    public string LinkAddress => _listener?.EndPoint.ToString() ?? "";

    /// <summary>Begins to answer clients, to keep its links, and to run queries.</summary>
    /// <exception cref="Arithmetic.ParameterException">The address for clients is taken.</exception>
    public void Start()
    {
        try
        {
            _web.StartAsync().GetAwaiter().GetResult();
        }
        catch (IOException taken)
        {
            throw new Arithmetic.ParameterException($"Cannot listen at {_settings.Listen}: {taken.Message}");
        }
        _node.ClientAddress = _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        if (_listener is not null) _workers.Start("link listener", () => _link.Accept(_listener, _stop.Token));
        else _link.Connect(_settings.Link, _stop.Token);
        if (_node.Stock is { } stock) _workers.Start("dealer", () => FillPool(stock));
        _workers.Start("sweeper", Sweep);
    }

    /// <summary>Lets queries be ordered that were held back.</summary>
    public void Release() => _node.Release();

    /// <summary>Whether correlations are at hand and the other server is there.</summary>
    public bool Ready => _node.Peer is not null && _node.Program is not null;

    /// <summary>Stops: waiting queries fail by name, the running one is broken off.</summary>
    public void Dispose()
    {
        _node.Stopping = true;
        _stop.Cancel();
        _link.Dispose();
        _workers.Join();
        _listener?.Dispose();
        _web.StopAsync(TimeSpan.FromSeconds(2)).GetAwaiter().GetResult();
        ((IDisposable)_web).Dispose();
        _node.Dispose();
    }

    private static WebApplication Web(IPEndPoint clients, ServerSettings settings, int uploadBytes, ClientInterface face)
    {
        // The empty builder reads no settings file and no environment: nothing but the command line says where this listens.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(clients, endpoint => ProtectedEndpoint.Configure(endpoint, settings.Security, settings.OpenToAll));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = uploadBytes + 1;
            kestrel.Limits.MaxConcurrentConnections = 1024;
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        WebApplication application = builder.Build();
        face.Map(application);
        return application;
    }

    /// <summary>Keeps a connection to the dealer, and the pool full.</summary>
    private void FillPool(CorrelationStock stock)
    {
        while (true)
        {
            try
            {
                using FramedChannel dealer = TcpTransport.Connect(
                    _settings.Dealer, _settings.Security, _settings.Emulated, DealerConnectMs, Patient, ServerRoles.Dealer, _stop.Token);
                Say("up");
                stock.Fill(dealer, _stop.Token);
            }
            catch (Exception fault) when (fault is ProtocolException or IOException)
            {
                Say($"down: {fault.Message}");
            }
            _stop.Token.WaitHandle.WaitOne(DealerRetryMs);
            _stop.Token.ThrowIfCancellationRequested();
        }
    }

    private void Sweep()
    {
        while (!_stop.Token.WaitHandle.WaitOne(SweepMs))
        {
            PeerNotice? peer = _node.Peer;
            try
            {
                _node.Desk.Sweep(peer?.Queries, peer is null ? (QueryFault.PeerLost, "the other server is not there")
                    : _node.Stock is { Available.Length: 0 } ? (QueryFault.NoCorrelations, "the dealer dealt nothing in time")
                    : (QueryFault.Overdue, "the query's turn did not come in time"));
            }
            catch (IOException full)
            {
                Reported?.Invoke(new ServerReport.Link("state folder", full.Message));
            }
        }
    }

    private void Say(string state)
    {
        if (state == _lastDealer) return;
        _lastDealer = state;
        Reported?.Invoke(new ServerReport.Link("dealer", state));
    }
}
