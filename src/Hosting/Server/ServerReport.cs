namespace Blindsight.Hosting.Server;

/// <summary>What happens at a server.</summary>
public abstract record ServerReport
{
    /// <summary>Masked weights were opened: once a model and dealing. Bytes are payload to the other server.</summary>
    public sealed record WeightsOpened(double Seconds, long Bytes) : ServerReport;

    /// <summary>Keys and transfers were exchanged, once a link between servers without a dealer. Bytes are payload to the other server.</summary>
    public sealed record KeysExchanged(double Seconds, long Bytes, long Rounds) : ServerReport;

    /// <summary>What does not wait for an input is done for a query to come.</summary>
    public sealed record Prepared(ulong Correlation) : ServerReport;

    /// <summary>A query was answered. Bytes are payload on the link between the servers.</summary>
    public sealed record Answered(QueryId Query, ulong Correlation, DateTimeOffset Started, double PrepareSeconds, long PrepareSent, long PrepareReceived,
        long PrepareRounds, double OnlineSeconds, long OnlineSent, long OnlineReceived, long Rounds) : ServerReport;

    /// <summary>A query failed while it ran.</summary>
    public sealed record Failed(QueryId Query, QueryFault Fault, string Message) : ServerReport;

    /// <summary>Somebody was not let in.</summary>
    /// <param name="Fault">The fault's name.</param>
    public sealed record Refused(string Fault, string Message) : ServerReport;

    /// <summary>A link came up or broke.</summary>
    public sealed record Link(string Name, string State) : ServerReport;
}
