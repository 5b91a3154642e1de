namespace Blindsight.Hosting.Server.Queries;

/// <summary>Where a query is at one server. The numbers are those of the journal.</summary>
internal enum QueryState : byte
{
    Waiting = 1,
    Running = 2,
    Done = 3,
    Failed = 4,
    Expired = 5,
    Deleted = 6,
}

/// <summary>What a query took at one server. Bytes are payload on the link between the servers.</summary>
/// <param name="Correlation">The number of the dealt correlations that it used up.</param>
internal sealed record QueryCost(
    ulong Correlation, double PrepareSeconds, long PrepareSent, long PrepareReceived, double OnlineSeconds, long OnlineSent, long OnlineReceived, long Rounds);

/// <summary>What a client is told of its query.</summary>
internal sealed record QueryView(QueryState State, QueryFault Fault, string Message, QueryCost? Cost);
