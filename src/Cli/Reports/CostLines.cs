using System.Globalization;
using Blindsight.Cli.Terminal;
using Blindsight.Inference.Costs;
using Spectre.Console;

namespace Blindsight.Cli.Reports;

/// <summary>A machine's costs, for people.</summary>
internal static class CostLines
{
    public static void Write(MachineCosts costs, TextWriter output)
    {
        output.WriteLine(costs.Machine);
        Table table = Tables.New("work", "ns a call", "ns a unit", "at width");
        table.Columns[1].RightAligned();
        foreach ((Work work, WorkCost cost) in costs.Costs)
            Tables.Add(table, Words(work), Digits(cost.CallNs), string.Join("  ", cost.Units.Select(unit => Digits(unit.Ns))),
                cost.Units.Length == 1 ? "" : string.Join("  ", cost.Units.Select(unit => unit.Width)));
        Tables.Write(table, output);
    }

    private static string Words(Work work) => string.Concat(work.ToString().Select((letter, i) =>
        (char.IsUpper(letter) && i > 0 ? " " : "") + char.ToLowerInvariant(letter)));

    private static string Digits(double ns) => ns.ToString(ns >= 100 ? "n0" : ns >= 1 ? "f1" : "f3", CultureInfo.InvariantCulture);
}
