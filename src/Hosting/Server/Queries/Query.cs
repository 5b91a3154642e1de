using System.Security.Cryptography;
using Blindsight.Hosting.Client;

namespace Blindsight.Hosting.Server.Queries;

/// <summary>A query at one server. Belongs to the <see cref="QueryDesk"/>, under its lock.</summary>
internal sealed class Query(QueryId id, QueryUpload? upload, DateTimeOffset accepted, QueryState state)
{
    private TaskCompletionSource? _changed;

    public QueryId Id { get; } = id;

    /// <summary>Null once it has ended.</summary>
    public QueryUpload? Upload { get; private set; } = upload;

    public QueryState State { get; private set; } = state;

    public QueryFault Fault { get; private set; }

    public string Message { get; private set; } = "";

    public QueryCost? Cost { get; private set; }

    public DateTimeOffset Accepted { get; } = accepted;

    /// <summary>When the other server was last known to hold its share of it, or when it was accepted.</summary>
    public DateTimeOffset LastPaired { get; set; } = accepted;

    /// <summary>When it last changed.</summary>
    public DateTimeOffset At { get; private set; } = accepted;

    /// <summary>The first bytes of the share, where the server shows them.</summary>
    public byte[]? Seen { get; init; }

    /// <summary>Completes at the next change.</summary>
    public Task Changed => (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public bool IsOpen => State is QueryState.Waiting or QueryState.Running;

    public QueryView View => new(State, Fault, Message, Cost);

    /// <summary>Moves on; what is left of the share is cleared at the end.</summary>
    public void Move(QueryState state, DateTimeOffset at, QueryFault fault = QueryFault.None, string message = "", QueryCost? cost = null)
    {
        (State, Fault, Message, Cost, At) = (state, fault, message, cost ?? Cost, at);
        if (!IsOpen)
        {
            if (Upload is not null) CryptographicOperations.ZeroMemory(Upload.Share);
            Upload = null;
        }
        _changed?.SetResult();
        _changed = null;
    }
}
