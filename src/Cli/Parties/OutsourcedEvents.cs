using System.Diagnostics;

namespace Blindsight.Cli.Parties;

/// <summary>The owner has split its model; bytes of each server's file.</summary>
internal sealed record Split(long FirstBytes, long SecondBytes) : PartyEvent;

/// <summary>The dealer has dealt for a query; payload bytes to each server.</summary>
internal sealed record Dealt(ulong Number, double Seconds, long FirstBytes, long SecondBytes) : PartyEvent;

/// <summary>A server has opened its masked weights; payload bytes that it sent.</summary>
internal sealed record WeightsOpened(double Seconds, long Bytes) : PartyEvent;

/// <summary>A server has exchanged keys and transfers with the other, without a dealer; payload bytes that it sent.</summary>
internal sealed record KeysExchanged(double Seconds, long Bytes, long Rounds) : PartyEvent;

/// <summary>A server has prepared a query that is to come.</summary>
internal sealed record Prepared(ulong Correlation) : PartyEvent;

/// <summary>A server has answered a query; payload bytes on the link between the servers.</summary>
internal sealed record Answered(string Query, ulong Correlation, DateTimeOffset Started, double PrepareSeconds, long PrepareSent, long PrepareReceived,
    long PrepareRounds, double OnlineSeconds, long OnlineSent, long OnlineReceived, long Rounds) : PartyEvent;

/// <summary>A link of a server came up or broke.</summary>
internal sealed record LinkChanged(string Name, string State) : PartyEvent;

/// <summary>A client has uploaded its rows; bytes of bodies.</summary>
internal sealed record Uploaded(int Rows, long ToFirst, long ToSecond, double Seconds) : PartyEvent;

/// <summary>A client has collected its rows; bytes of bodies from each server.</summary>
internal sealed record Collected(string Model, string Comparison, string[] Classes, int Rows, long FromFirst, long FromSecond, double Seconds) : PartyEvent;

/// <summary>A process is about to end.</summary>
internal sealed record Ended(double WarmupSeconds, double CpuSeconds, long PeakRssBytes) : PartyEvent
{
    /// <inheritdoc cref="Finished.WorkCpuSeconds"/>
    public double WorkCpuSeconds { get; init; }

    public static Ended Now(double warmupSeconds = 0)
    {
        using Process self = Process.GetCurrentProcess();
        return new(warmupSeconds, self.TotalProcessorTime.TotalSeconds, self.PeakWorkingSet64);
    }
}
