using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Pages;
using Blindsight.Hosting.Server.Links;
using Blindsight.Hosting.Server.Queries;
using Blindsight.Inference.Deployments.TwoServers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Blindsight.Hosting.Server.Http;

/// <summary>
/// The interface for clients, over HTTP: what the server runs, uploads, states, sealed results, deletion, and the web page. Everything that a request
/// carries is hostile; lengths are checked before a body is read. Any origin may ask: nothing here depends on who does.
/// </summary>
internal sealed class ClientInterface(ServerNode node, IPageSource pages, TimeSpan keep, bool showsShares)
{
    private const int WaitSecondsMax = 30;

    private readonly byte[] _plan = PlanSerializer.Serialize(node.Plan);

    public static JsonSerializerOptions Format { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.Never, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public void Map(WebApplication application)
    {
        application.Use(async (context, next) =>
        {
            AllowAnyOrigin(context);
            if (HttpMethods.IsOptions(context.Request.Method)) context.Response.StatusCode = StatusCodes.Status204NoContent;
            else await HttpFaults.GuardAsync(context, _ => next(context));
        });
        application.MapGet("/v1/model", (RequestDelegate)(context =>
            context.Response.WriteAsJsonAsync(ModelDescription.Of(node.Plan, node.PlanHash, node.Share.Role, keep, node.PeerClientAddress), Format)));
        application.MapGet("/v1/plan", (RequestDelegate)(context => SendAsync(context, "application/json", _plan)));
        application.MapPost("/v1/queries/{id}", (RequestDelegate)UploadAsync);
        application.MapGet("/v1/queries/{id}", (RequestDelegate)StateAsync);
        application.MapGet("/v1/queries/{id}/result", (RequestDelegate)(context =>
            SendAsync(context, "application/octet-stream", node.Desk.Result(Id(context)))));
        application.MapDelete("/v1/queries/{id}", (RequestDelegate)(context =>
        {
            node.Desk.Delete(Id(context));
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }));
        application.MapGet("/v1/queries/{id}/seen", (RequestDelegate)SeenAsync);
        application.MapGet("/", (RequestDelegate)(context => PageAsync(context, "index.html")));
        application.MapGet("/page/{**path}", (RequestDelegate)(context => PageAsync(context, $"{context.Request.RouteValues["path"]}")));
        application.MapFallback((RequestDelegate)(context => throw new QueryFaultException(QueryFault.NotFound, "there is nothing at this address")));
    }

    private static void AllowAnyOrigin(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = "GET, POST, DELETE";
        headers.AccessControlAllowHeaders = "Content-Type";
        headers.AccessControlMaxAge = "600";
        // A page of one server asks the other, on another port of this machine.
        headers["Access-Control-Allow-Private-Network"] = "true";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
    }

    private async Task UploadAsync(HttpContext context)
    {
        QueryId id = Id(context);
        int expected = QueryUpload.BytesOf(node.Plan, node.Share.Role);
        if (context.Request.ContentLength is { } announced && announced != expected)
            throw new QueryFaultException(announced > expected ? QueryFault.TooLarge : QueryFault.WrongLength,
                $"the upload has {announced} bytes where the plan calls for {expected}");
        node.Desk.Admit(id);
        byte[] body = new byte[expected + 1];
        int read = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        QueryUpload upload = QueryUpload.Read(body.AsSpan(0, read), node.Plan, node.PlanHash, node.Share.Role);
        node.Desk.Accept(id, upload, showsShares ? FirstBytes(upload) : null);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async Task StateAsync(HttpContext context)
    {
        QueryId id = Id(context);
        QueryView view = Wait(context) is { } seconds
            ? await node.Desk.WaitAsync(id, TimeSpan.FromSeconds(seconds), context.RequestAborted) : node.Desk.View(id);
        QueryCost? cost = view.Cost;
        await context.Response.WriteAsJsonAsync(new QueryAnswer(JsonNamingPolicy.CamelCase.ConvertName($"{view.State}"),
            view.Fault == QueryFault.None ? null : $"{view.Fault}", view.Message, cost?.Correlation, cost?.Rounds,
            cost is null ? null : new(cost.PrepareSent, cost.PrepareReceived, cost.OnlineSent, cost.OnlineReceived),
            cost?.OnlineSeconds, cost?.PrepareSeconds), Format, context.RequestAborted);
    }

    private Task SeenAsync(HttpContext context)
    {
        if (!showsShares) throw new QueryFaultException(QueryFault.NotFound, "this server does not show shares; it was not started with --show-shares");
        return SendAsync(context, "application/octet-stream", node.Desk.Seen(Id(context)));
    }

    private Task PageAsync(HttpContext context, string path)
    {
        PageFile file = pages.Find(path) ?? throw new QueryFaultException(QueryFault.NotFound, "there is no such page");
        PagePolicy.Apply(context.Response.Headers, node.PeerClientAddress);
        return SendAsync(context, file.ContentType, file.Content);
    }

    /// <summary>The input's numbers as this server sees them.</summary>
    private byte[] FirstBytes(QueryUpload upload) => node.Share.Role == ServerRole.Second ? [.. upload.Share]
        : System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(QueryShares.First(node.Plan, upload.Share)[0]).ToArray();

    private static double? Wait(HttpContext context)
    {
        string? text = context.Request.Query["wait"];
        if (text is null) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and <= WaitSecondsMax
            ? seconds : throw new QueryFaultException(QueryFault.BadIdentifier, $"wait takes 0 to {WaitSecondsMax} seconds");
    }

    private static QueryId Id(HttpContext context) => QueryId.Parse(context.Request.RouteValues["id"] as string);

    private static async Task SendAsync(HttpContext context, string type, byte[] content)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }
}

/// <summary>The state of a query as GET /v1/queries/ID gives it.</summary>
/// <param name="State">waiting, running, done, failed, expired or deleted.</param>
/// <param name="Correlation">The number of the dealt correlations that it used up.</param>
/// <param name="Bytes">Payload between the servers.</param>
/// <param name="Seconds">Online, at this server.</param>
public sealed record QueryAnswer(
    string State, string? Fault, string Message, ulong? Correlation, long? Rounds, QueryTraffic? Bytes, double? Seconds, double? PrepareSeconds);

/// <summary>Payload between the servers for one query, as the server that tells it counts.</summary>
public sealed record QueryTraffic(long PrepareSent, long PrepareReceived, long OnlineSent, long OnlineReceived);
