namespace Blindsight.Hosting;

/// <summary>Everything that can be wrong with a query or with who runs it; the name is what clients are told.</summary>
public enum QueryFault : byte
{
    None,
    /// <summary>The identifier is not 32 hexadecimal digits.</summary>
    BadIdentifier,
    /// <summary>The upload is shorter than the plan says.</summary>
    WrongLength,
    /// <summary>The upload is longer than the plan says, or announces to be.</summary>
    TooLarge,
    /// <summary>The upload's version is another.</summary>
    UnsupportedVersion,
    /// <summary>The upload's public key is no point of P-256.</summary>
    BadKey,
    /// <summary>Client and server, or the two servers, hold different plans.</summary>
    PlanMismatch,
    /// <summary>The two servers hold shares of different splits of a model.</summary>
    SplitMismatch,
    /// <summary>The identifier was used before.</summary>
    DuplicateQuery,
    /// <summary>As many queries wait, or as many identifiers are remembered, as the server admits.</summary>
    TooManyWaiting,
    /// <summary>No such query.</summary>
    UnknownQuery,
    /// <summary>There is no result yet.</summary>
    NotReady,
    /// <summary>The result was kept for as long as results are kept.</summary>
    Expired,
    /// <summary>The client had it erased.</summary>
    Deleted,
    /// <summary>The other server did not get its share of the query in time, or lost it.</summary>
    OtherShareMissing,
    /// <summary>The other server cannot be reached, or vanished in the middle.</summary>
    PeerLost,
    /// <summary>The other server sent something that the protocol does not call for.</summary>
    PeerMisbehaved,
    /// <summary>The dealer did not deal in time.</summary>
    NoCorrelations,
    /// <summary>The query's turn did not come within the time that results are kept.</summary>
    Overdue,
    /// <summary>The server was restarted before it had answered; shares are kept in memory only.</summary>
    ServerRestarted,
    /// <summary>The server is being stopped.</summary>
    ServerStopped,
    /// <summary>A defect of the server.</summary>
    InternalError,
    /// <summary>There is nothing at that address.</summary>
    NotFound,
    /// <summary>Nobody answers at that address.</summary>
    Unreachable,
    /// <summary>The server's answer is not what the interface calls for.</summary>
    BadAnswer,
}

/// <summary>A refused or failed query.</summary>
public sealed class QueryFaultException(QueryFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Its name.</summary>
    public QueryFault Fault { get; } = fault;
}
