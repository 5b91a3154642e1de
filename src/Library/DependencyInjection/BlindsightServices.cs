using System.Net;
using System.Net.WebSockets;
using Blindsight;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Clients and servers as services of a host, and servers as endpoints of a web application.</summary>
public static class BlindsightServices
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Adds an <see cref="IPredictor"/>, one for the application: a <see cref="BlindsightClientPool"/> that connects when it is first asked.</summary>
    /// <param name="address">As for <see cref="BlindsightClient.ConnectAsync"/>.</param>
    /// <param name="sessions">Most sessions at once.</param>
    public static IServiceCollection AddBlindsightClient(
        this IServiceCollection services, string address, ClientOptions? options = null, int sessions = 1)
    {
        services.TryAddSingleton<IPredictor>(_ => new BlindsightClientPool(address, options, sessions));
        return services;
    }

    /// <summary>
    /// Adds a server that starts and stops with the host. Its address, where it has one, and its sessions go to the log, which holds nothing of inputs or
    /// results.
    /// </summary>
    /// <param name="model">Loads the model, at the host's start.</param>
    /// <param name="listen">HOST:PORT for TCP clients; null where it serves only what <see cref="MapBlindsight"/> maps.</param>
    public static IServiceCollection AddBlindsightServer(this IServiceCollection services, Func<CancellationToken, Task<BlindsightModel>> model,
        string? listen = null, ServerOptions? options = null)
    {
        services.TryAddSingleton(provider => new HostedServer(model, listen, options ?? ServerOptions.Default,
            provider.GetRequiredService<ILogger<BlindsightServer>>()));
        services.AddHostedService(provider => provider.GetRequiredService<HostedServer>());
        services.TryAddSingleton(provider => provider.GetRequiredService<HostedServer>().Server);
        return services;
    }

    /// <summary>
    /// Maps the server of <see cref="AddBlindsightServer"/> to a path, where clients reach it by WebSocket: wss://HOST/PATH. The web application protects
    /// what is carried and says who may come: HTTPS, certificates, authorisation. Requests that came from another machine without HTTPS are refused.
    /// The application needs UseWebSockets before it.
    /// </summary>
    public static IEndpointConventionBuilder MapBlindsight(this IEndpointRouteBuilder endpoints, string pattern = "/blindsight") =>
        endpoints.MapGet(pattern, async (HttpContext context, BlindsightServer server) =>
        {
            IPAddress? peer = context.Connection.RemoteIpAddress;
            if (!context.Request.IsHttps && (peer is null || !IPAddress.IsLoopback(peer)))
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return;
            }
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
                return;
            }
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            await server.ServeAsync(WebSocketStream.Create(socket, WebSocketMessageType.Binary, CloseTimeout), context.RequestAborted);
        });
}
