using Blindsight.Cli.Parties;
using Blindsight.Cli.Terminal;
using Spectre.Console;

namespace Blindsight.Cli.Reports;

/// <summary>A run between two servers, for people.</summary>
internal static class OutsourcedSummary
{
    public static void Write(OutsourcedReport report, Predicted[] predictions, string[] classes, int[]? labels, TextWriter output)
    {
        RunSummary.WriteRows(predictions, report.ReferenceTop1, classes, labels, output);
        output.WriteLine(RunSummary.Agreement(report.Reference));
        Table table = Tables.New("phase", "seconds", "rounds", "bytes by pair");
        foreach (int column in (int[])[1, 2]) table.Columns[column].RightAligned();
        foreach ((string name, OutsourcedReport.Phase phase) in new[]
        {
            ("setup, once a model", report.Setup), ("dealt", report.Dealt), ("prepared", report.Prepared), ("online", report.Online),
            ("transfer", report.Transfer),
        })
            Tables.Add(table, name, $"{phase.Seconds:f3}", $"{phase.Rounds:n0}",
                string.Join(", ", phase.Bytes.Select(pair => $"{Words(pair.Key)} {pair.Value:n0}")));
        Tables.Write(table, output);
        output.WriteLine("peak memory: " + string.Join(", ", report.Parties.Select(party => $"{party.Name} {RunSummary.Mebibytes(party.PeakRssBytes)}")));
        output.WriteLine($"The owner's process ended {Ago(report.Order.OwnerEnded)} s, the client's {Ago(report.Order.ClientEnded)} s before the servers began "
            + "with the first query; another process of the client's collected the answers.");

        string Ago(DateTimeOffset ended) => $"{(report.Order.FirstQueryStarted - ended).TotalSeconds:f2}";
    }

    private static string Words(string pair) => pair.Replace('_', ' ');
}
