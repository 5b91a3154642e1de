using Blindsight.Hosting.Server.Http;
using Blindsight.Transport;
using Blindsight.Transport.Tcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Blindsight.Hosting.Service;

/// <summary>Health, readiness and metrics over HTTP: on an address of this machine as they are, on any other by mutual TLS.</summary>
internal sealed class Management : IDisposable
{
    private readonly WebApplication _web;

    /// <param name="ready">Whether clients are served.</param>
    /// <exception cref="Arithmetic.ParameterException">The address is malformed, or not of this machine and nothing protects it.</exception>
    public Management(string address, ConnectionSecurity security, Func<bool> ready, MetricsText metrics)
    {
        System.Net.IPEndPoint endPoint = PartyAddress.Parse(address, security).ToListen();
        ConnectionSecurity own = System.Net.IPAddress.IsLoopback(endPoint.Address) ? ConnectionSecurity.Insecure : security;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(endPoint, listen => ProtectedEndpoint.Configure(listen, own, openToAll: false));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = 64;
        });
        _web = builder.Build();
        Map("/healthz", _ => (StatusCodes.Status200OK, "alive\n"));
        Map("/readyz", _ => ready() ? (StatusCodes.Status200OK, "ready\n") : (StatusCodes.Status503ServiceUnavailable, "not ready\n"));
        Map("/metrics", context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return (StatusCodes.Status200OK, metrics.Write());
        });
        try
        {
            _web.StartAsync().GetAwaiter().GetResult();
        }
        catch (IOException taken)
        {
            throw new Arithmetic.ParameterException($"Cannot listen at {address}: {taken.Message}");
        }
        Address = _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    /// <summary>As http://HOST:PORT or https://HOST:PORT.</summary>
    public string Address { get; }

    public void Dispose()
    {
        _web.StopAsync(TimeSpan.FromSeconds(1)).GetAwaiter().GetResult();
        ((IDisposable)_web).Dispose();
    }

    private void Map(string path, Func<HttpContext, (int Status, string Text)> answer) => _web.MapGet(path, (RequestDelegate)(context =>
    {
        (int status, string text) = answer(context);
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }));
}
