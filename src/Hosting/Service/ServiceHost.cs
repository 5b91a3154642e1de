using System.Runtime.InteropServices;
using Blindsight.Inference.Sessions;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Blindsight.Hosting.Service;

/// <summary>What is served, and how a client's session is run; replaced as a whole when it is loaded anew.</summary>
/// <param name="Names">Of the models.</param>
/// <param name="Serve">Runs a session to its end, and notes the model in the client's permit once it is known.</param>
public sealed record ServedModels(IReadOnlyList<string> Names, Func<ServedClient, SessionReport> Serve);

/// <summary>
/// A service on the platform's generic host: clients' sessions, limits, metrics and traces, structured logs, an audit log, and an interface for whoever
/// runs it. The hang-up signal has settings and models read anew; sessions that stand keep theirs.
/// </summary>
public sealed class ServiceHost : IDisposable
{
    private readonly Func<ServiceSettings> _read;
    private readonly Func<ServiceSettings, ServedModels> _load;
    private readonly TcpChannelListener _listener;
    private readonly ClientLedger _ledger;
    private readonly SessionReception _reception;
    private readonly ServiceTelemetry _telemetry = new();
    private readonly MetricsText _metrics = new(ServiceTelemetry.Name);
    private readonly List<IDisposable> _exporters = [];
    private readonly AuditLog? _audit;
    private readonly Management? _management;
    private readonly PosixSignalRegistration? _hangUp;
    private readonly IHost _host;
    private readonly ILogger _log;
    private readonly Lock _loading = new();
    private ServiceSettings _settings;
    private volatile ServedModels _models;
    private volatile bool _ready;

    /// <summary>Loads the models and begins to listen.</summary>
    /// <param name="read">Reads the settings; called again to reload.</param>
    /// <param name="load">Loads what they name.</param>
    /// <param name="logs">Whether structured logs go to the standard output.</param>
    /// <exception cref="Arithmetic.ParameterException">Settings, models or addresses cannot be used.</exception>
    public ServiceHost(Func<ServiceSettings> read, Func<ServiceSettings, ServedModels> load, ConnectionSecurity security, LinkProfile link, bool logs)
    {
        (_read, _load, _settings) = (read, load, read());
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        if (logs) builder.Logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        _host = builder.Build();
        _log = _host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(ServiceTelemetry.Name);
        _models = load(_settings);
        if (_settings.Audit is { } audit) _audit = new(audit, TimeProvider.System);
        _ledger = new(client => _settings.LimitsOf(client), TimeProvider.System);
        _listener = TcpTransport.Listen(_settings.Listen, security);
        _reception = new(_listener, link, _ledger, () => _settings.Sessions);
        _reception.Ended += Ended;
        _reception.Refused += (fault, words) => Refused(null, fault, words);
        _telemetry.Gauge("blindsight.sessions.open", "Sessions that stand.", () => _ledger.Sessions);
        _telemetry.Gauge("blindsight.rows.prepared", "Rows that lie prepared and unused.", () => _ledger.PreparedRows);
        _telemetry.Gauge("blindsight.connections.undecided", "Connections that have not said what they are for.", () => _reception.Undecided);
        if (security.Identity is { } identity)
            _telemetry.Gauge("blindsight.certificate.left", "Seconds until this party's certificate expires.",
                () => (identity.NotAfter.ToUniversalTime() - DateTime.UtcNow).TotalSeconds);
        if (_settings.Otlp is { } collector) Export(collector);
        if (_settings.Manage is { } manage) _management = new(manage, security, () => _ready, _metrics);
        if (!OperatingSystem.IsWindows()) _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Reload();
        });
    }

    /// <summary>Told of each session's end.</summary>
    public event Action<ClientEnded>? SessionEnded;

    /// <summary>Told of what came to nothing, in words.</summary>
    public event Action<string>? Complained;

    /// <summary>For clients.</summary>
    public string Address => _listener.EndPoint.ToString();

    /// <summary>For whoever runs it, or null.</summary>
    public string? ManagementAddress => _management?.Address;

    /// <summary>Serves until cancelled or until so many clients have come and gone. What runs when it is cancelled may end first.</summary>
    /// <returns>Whether no counted client's session failed.</returns>
    /// <exception cref="OperationCanceledException">Cancelled, and everything has ended.</exception>
    public bool Run(int? clients, CancellationToken cancellation)
    {
        _host.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        using CancellationTokenRegistration stopping = cancellation.UnsafeRegister(_ => _ready = false, null);
        _ready = true;
        _log.LogInformation("serving {Models} at {Address}", string.Join(", ", _models.Names), Address);
        _audit?.Write("started");
        try
        {
            return _reception.Run(Serve, clients, TimeSpan.FromSeconds(_settings.DrainSeconds), cancellation);
        }
        finally
        {
            _ready = false;
            _audit?.Write("stopped");
            _log.LogInformation("stopped");
            _host.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    /// <summary>Reads settings and models anew. What cannot be used leaves everything as it is.</summary>
    public void Reload()
    {
        lock (_loading)
        {
            try
            {
                ServiceSettings settings = _read();
                _models = _load(settings);
                _settings = settings;
                _audit?.Write("reloaded");
                _log.LogInformation("reloaded: {Models}", string.Join(", ", _models.Names));
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // Whatever is wrong with the new files, the models that are served are whole.
                _telemetry.Refused("Reload");
                _log.LogError("not reloaded: {Reason}", fault.Message);
                Complained?.Invoke($"not reloaded: {fault.Message}");
            }
        }
    }

    public void Dispose()
    {
        _hangUp?.Dispose();
        _management?.Dispose();
        _listener.Dispose();
        foreach (IDisposable exporter in _exporters) exporter.Dispose();
        _metrics.Dispose();
        _telemetry.Dispose();
        _audit?.Dispose();
        _host.Dispose();
    }

    private SessionReport Serve(ServedClient client)
    {
        string outcome = "failed";
        SessionReport? report = null;
        int rows = 0;
        client.Permit.Answered += (work, count, seconds) =>
        {
            _telemetry.Answered(client.Permit.Model, work, count, seconds);
            if (work == SessionWork.Infer) rows += count;
        };
        try
        {
            report = _models.Serve(client);
            outcome = "done";
            return report;
        }
        finally
        {
            _telemetry.Ended(client.Permit.Model, outcome, report);
            _audit?.Write("session", client.Permit.Client, client.Permit.Model, rows);
        }
    }

    private void Ended(ClientEnded ended)
    {
        if (ended.Fault is { } fault) Refused(ended.Client, fault, $"client {ended.Number}: {ended.Words}");
        else _log.LogInformation("client {Number}, {Client}: {Rows} rows", ended.Number, ended.Client, ended.Report?.Rows);
        SessionEnded?.Invoke(ended);
    }

    private void Refused(string? client, string fault, string words)
    {
        _telemetry.Refused(fault);
        _audit?.Write("refused", client, fault: fault);
        _log.LogWarning("refused {Client}, {Fault}: {Words}", client ?? "a stranger", fault, words);
        Complained?.Invoke(client is null ? $"{fault}, {words}" : words);
    }

    private void Export(Uri collector)
    {
        _exporters.Add(Sdk.CreateMeterProviderBuilder().AddMeter(ServiceTelemetry.Name).AddOtlpExporter(options => options.Endpoint = collector).Build());
        _exporters.Add(Sdk.CreateTracerProviderBuilder().AddSource(ServiceTelemetry.Name).AddOtlpExporter(options => options.Endpoint = collector).Build());
    }
}
