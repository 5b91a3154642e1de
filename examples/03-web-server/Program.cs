// A server as a path of an ASP.NET application, and a client that asks it.
// dotnet run -c Release --project examples/03-web-server              serves until Ctrl-C
// dotnet run -c Release --project examples/03-web-server -- --once    asks itself once, and ends
using Blindsight;
using Blindsight.Compiler.Inputs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

WebApplicationBuilder builder = WebApplication.CreateBuilder();
// Away from this machine it takes HTTPS: configure Kestrel's certificate as for every web application, and use https:// here and wss:// at clients.
builder.WebHost.UseUrls(args.Contains("--once") ? "http://127.0.0.1:0" : "http://127.0.0.1:7080");
builder.Services.AddBlindsightServer(_ =>
    BlindsightModel.CompileAsync("assets/demo/digits.onnx", SampleReader.Read("assets/demo/calibration-images.idx3-ubyte.gz")));
WebApplication application = builder.Build();
application.UseWebSockets();
application.MapGet("/", (BlindsightServer server) => $"{server.Plan.Model}: {server.Sessions} sessions");
application.MapBlindsight("/blindsight");
await application.StartAsync();

string address = application.Urls.First().Replace("http://", "ws://") + "/blindsight";
Console.WriteLine($"Clients: await BlindsightClient.ConnectAsync(\"{address}\")");
if (args.Contains("--once"))
{
    await using (BlindsightClient client = await BlindsightClient.ConnectAsync(address))
        Console.WriteLine($"row 0: {await client.PredictAsync(SampleReader.Read("assets/demo/digits-images.idx3-ubyte.gz"), row: 0)}");
    await application.StopAsync();
}
else await application.WaitForShutdownAsync();
