using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Blindsight;

/// <summary>Starts and stops a server with its host.</summary>
internal sealed partial class HostedServer(
    Func<CancellationToken, Task<BlindsightModel>> model, string? listen, ServerOptions options, ILogger log) : IHostedService
{
    private BlindsightServer? _server;

    public BlindsightServer Server => _server ?? throw new InvalidOperationException("The server starts with the host, which has not started.");

    public async Task StartAsync(CancellationToken cancellation)
    {
        _server = await BlindsightServer.StartAsync(await model(cancellation), listen, options with
        {
            Served = report =>
            {
                Served(log, report.Rows, report.Offline.Seconds, report.Online.Seconds);
                options.Served?.Invoke(report);
            },
            Complained = words =>
            {
                Complained(log, words);
                options.Complained?.Invoke(words);
            },
        }, cancellation);
        Started(log, _server.Plan.Model, _server.Address ?? "the paths that it is mapped to");
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [LoggerMessage(1, LogLevel.Information, "Serving {Model} at {Address}.")]
    private static partial void Started(ILogger log, string model, string address);

    [LoggerMessage(2, LogLevel.Information, "Served {Rows} rows: offline {OfflineSeconds:f3} s, online {OnlineSeconds:f3} s.")]
    private static partial void Served(ILogger log, int rows, double offlineSeconds, double onlineSeconds);

    [LoggerMessage(3, LogLevel.Warning, "{Words}")]
    private static partial void Complained(ILogger log, string words);
}
