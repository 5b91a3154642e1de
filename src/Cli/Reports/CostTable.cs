using Blindsight.Cli.Parties;
using Blindsight.Cli.Terminal;
using Blindsight.Inference.Sessions;
using Spectre.Console;

namespace Blindsight.Cli.Reports;

/// <summary>What a client's inferences cost, for people.</summary>
internal static class CostTable
{
    public static string Text(Finished client)
    {
        Table table = Tables.New("phase", "seconds", "rounds", "client to server", "server to client");
        foreach (int column in (int[])[1, 2, 3, 4]) table.Columns[column].RightAligned();
        Add(table, "offline", client.Offline);
        Add(table, "online", client.Online);
        Add(table, "total", client.Offline + client.Online);
        StringWriter text = new();
        Tables.Write(table, text);
        return text.ToString().TrimEnd();
    }

    private static void Add(Table table, string phase, PhaseCost cost) => Tables.Add(table,
        phase, $"{cost.Seconds:f3}", $"{cost.Rounds:n0}", Bytes(cost.BytesSent), Bytes(cost.BytesReceived));

    private static string Bytes(long bytes) => bytes < 100_000 ? $"{bytes:n0} B" : $"{bytes / 1e6:n2} MB";
}
