using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Blindsight.Package;

/// <summary>A server within a web application and a client as a service of another host.</summary>
public sealed class WebApplicationTests(DemoModel demo) : IClassFixture<DemoModel>
{
    [Fact]
    public async Task A_web_application_serves_clients_on_a_path_and_on_a_port()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddBlindsightServer(_ => Task.FromResult(demo.Model), "127.0.0.1:0", ServerOptions.Insecure);
        await using WebApplication application = builder.Build();
        application.UseWebSockets();
        application.MapBlindsight();
        await application.StartAsync();
        string web = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        string path = web.Replace("http://", "ws://") + "/blindsight", port = application.Services.GetRequiredService<BlindsightServer>().Address!;

        foreach (string address in new[] { path, port })
        {
            await using ServiceProvider services =
                new ServiceCollection().AddBlindsightClient(address, ClientOptions.Insecure, sessions: 2).BuildServiceProvider();
            IPredictor predictor = services.GetRequiredService<IPredictor>();
            Prediction[] predictions = await Task.WhenAll(Enumerable.Range(0, 4).Select(row => predictor.PredictAsync(demo.Images, row)));
            Assert.Equal(demo.Labels[..4], predictions.Select(prediction => prediction.Label));
        }
        using HttpClient browser = new();
        Assert.Equal(HttpStatusCode.UpgradeRequired, (await browser.GetAsync($"{web}/blindsight")).StatusCode);
        await application.StopAsync();
        await Assert.ThrowsAsync<Mpc.Channels.ProtocolException>(
            () => BlindsightClient.ConnectAsync(path, new() { ConnectTimeout = TimeSpan.FromSeconds(2) }));
    }
}
