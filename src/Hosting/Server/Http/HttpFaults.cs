using Microsoft.AspNetCore.Http;

namespace Blindsight.Hosting.Server.Http;

/// <summary>A fault as a client sees it.</summary>
internal sealed record FaultBody(string Fault, string Message);

/// <summary>The status of each fault, and its body.</summary>
internal static class HttpFaults
{
    public static int StatusOf(QueryFault fault) => fault switch
    {
        QueryFault.BadIdentifier or QueryFault.WrongLength or QueryFault.UnsupportedVersion or QueryFault.BadKey => StatusCodes.Status400BadRequest,
        QueryFault.PlanMismatch => StatusCodes.Status400BadRequest,
        QueryFault.UnknownQuery or QueryFault.NotFound => StatusCodes.Status404NotFound,
        QueryFault.DuplicateQuery or QueryFault.NotReady => StatusCodes.Status409Conflict,
        QueryFault.Expired or QueryFault.Deleted => StatusCodes.Status410Gone,
        QueryFault.TooLarge => StatusCodes.Status413PayloadTooLarge,
        QueryFault.TooManyWaiting => StatusCodes.Status429TooManyRequests,
        QueryFault.SplitMismatch or QueryFault.ServerStopped => StatusCodes.Status503ServiceUnavailable,
        QueryFault.InternalError => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status502BadGateway,
    };

    public static Task WriteAsync(HttpContext context, QueryFault fault, string message)
    {
        context.Response.StatusCode = StatusOf(fault);
        if (fault == QueryFault.TooManyWaiting) context.Response.Headers.RetryAfter = "1";
        return context.Response.WriteAsJsonAsync(new FaultBody($"{fault}", message), ClientInterface.Format, context.RequestAborted);
    }

    /// <summary>Runs an endpoint and turns its faults into answers. A defect's message may hold values, and is not told.</summary>
    public static async Task GuardAsync(HttpContext context, RequestDelegate endpoint)
    {
        try
        {
            await endpoint(context);
        }
        catch (QueryFaultException fault) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, fault.Fault, fault.Message);
        }
        catch (BadHttpRequestException malformed) when (!context.Response.HasStarted)
        {
            bool large = malformed.StatusCode == StatusCodes.Status413PayloadTooLarge;
            await WriteAsync(context, large ? QueryFault.TooLarge : QueryFault.WrongLength, "the request's body is not what was announced");
        }
        catch (OperationCanceledException)
        {
            // The client is gone, or the server is being stopped.
            context.Abort();
        }
        catch (Exception defect) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, QueryFault.InternalError, $"a defect of the server: {defect.GetType().Name}");
        }
    }
}
