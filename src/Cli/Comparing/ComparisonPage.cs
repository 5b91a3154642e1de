using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Blindsight.Cli.Commands;

namespace Blindsight.Cli.Comparing;

/// <summary>The comparison as a page of one file: charts as bars of plain HTML, the table, and what was not run. No script, nothing loaded.</summary>
internal static class ComparisonPage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d0d7de; --offline: #9db4cf; --online: #0b5cad; --soft: #57606a; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --offline: #4a6078; --online: #58a6ff; --soft: #9198a1; }
        }
        body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin: 0 0 .3rem } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem } p { color: var(--soft); margin: .2rem 0 }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem 2rem }
        .bar { display: grid; grid-template-columns: 6rem 1fr 5.5rem; gap: .5rem; align-items: center; margin: .25rem 0 }
        .bar span:last-child { text-align: right; font-variant-numeric: tabular-nums }
        .track { display: flex; height: 1rem; background: color-mix(in srgb, var(--line) 40%, transparent) }
        .offline { background: var(--offline) } .online { background: var(--online) }
        .key { display: inline-block; width: .8rem; height: .8rem; margin: 0 .3rem 0 .8rem }
        .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
        th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
        td:first-child { white-space: nowrap }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
        """;

    public static byte[] Of(ComparisonReport report)
    {
        XElement body = new("body",
            new XElement("h1", $"{report.Model} in {report.Ran.Count()} ways"),
            new XElement("p", $"{report.Rows} inputs; link {report.Link}; all parties on one machine: {report.Machine.Cpu}, {report.Machine.Cores} cores, "
                + $"{report.Machine.Runtime}. Figures are of one inference."),
            new XElement("p", new XElement("span", new XAttribute("class", "key offline"), ""), "before the input is there (offline)",
                new XElement("span", new XAttribute("class", "key online"), ""), "after (online)"),
            new XElement("div", new XAttribute("class", "charts"),
                Chart(report, "Seconds", "s", figures => (figures.OfflineSeconds, figures.OnlineSeconds)),
                Chart(report, "Megabytes between all parties", "MB", figures => (figures.OfflineBytes / 1e6, figures.OnlineBytes / 1e6)),
                Chart(report, "Rounds online", "", figures => (0, figures.OnlineRounds)),
                Chart(report, "Megabytes of the client", "MB",
                    figures => (figures.ClientStoredBytes / 1e6, (figures.ClientBytes - figures.ClientStoredBytes) / 1e6)),
                Chart(report, "Energy, estimated", "J", figures => (0, figures.Joules))),
            new XElement("p", "Of the client's megabytes the first part is what it gets before its input is there and keeps until then. Energy: "
                + $"{Number(report.Energy.JoulesPerCpuSecond)} J a second of a core, {Number(report.Energy.JoulesPerMegabyte)} J a megabyte; these factors are "
                + "assumptions, to be set for one's own machines and network."),
            new XElement("h2", "Figures"), Figures(report), new XElement("h2", "What each assumes and reveals"), Trust(report));
        if (report.Entries.Any(entry => entry.Figures is null)) body.Add(new XElement("h2", "Not run"), Absent(report));
        XElement page = new("html", new XAttribute("lang", "en"),
            new XElement("head", new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("title", $"{report.Model}: protocols compared"), new XElement("style", Style)),
            body);
        return Encoding.UTF8.GetBytes("<!doctype html>\n" + page.ToString(SaveOptions.DisableFormatting));
    }

    private static XElement Chart(ComparisonReport report, string title, string unit, Func<FamilyFigures, (double Offline, double Online)> of)
    {
        double most = report.Ran.Select(entry => Sum(of(entry.Figures!))).DefaultIfEmpty(0).Max();
        return new("section", new XElement("h2", title), report.Ran.Select(entry =>
        {
            (double offline, double online) = of(entry.Figures!);
            return new XElement("div", new XAttribute("class", "bar"), new XElement("span", entry.Name),
                new XElement("span", new XAttribute("class", "track"), Part("offline", offline / most), Part("online", online / most)),
                new XElement("span", $"{Number(offline + online)} {unit}".TrimEnd()));
        }));

        static double Sum((double Offline, double Online) parts) => parts.Offline + parts.Online;
    }

    private static XElement Part(string name, double share) => new("span", new XAttribute("class", name),
        new XAttribute("style", string.Create(CultureInfo.InvariantCulture, $"width:{100 * (double.IsFinite(share) ? share : 0):f2}%")), "");

    private static XElement Figures(ComparisonReport report) => Table(
        ["family", "offline s", "online s", "offline MB", "online MB", "rounds", "once s", "once MB", "client CPU s", "client peak MiB", "others CPU s",
            "others peak MiB", "top-1 as floats"],
        1, report.Ran.Select(entry =>
        {
            FamilyFigures figures = entry.Figures!;
            return new[]
            {
                entry.Name, Number(figures.OfflineSeconds), Number(figures.OnlineSeconds), Number(figures.OfflineBytes / 1e6),
                Number(figures.OnlineBytes / 1e6), Number(figures.OnlineRounds), Number(figures.SetupSeconds), Number(figures.SetupBytes / 1e6),
                Number(figures.ClientCpuSeconds),
                Number(figures.ClientPeakBytes / 1048576.0), Number(figures.OthersCpuSeconds), Number(figures.OthersPeakBytes / 1048576.0),
                $"{figures.Top1Agreement} of {figures.Rows}",
            };
        }));

    private static XElement Trust(ComparisonReport report) => Table(["family", "what", "systems", "assumes", "who learns what"], 5,
        report.Ran.Select(entry => new[] { entry.Name, entry.Title, entry.Systems, entry.Adversary, entry.Learns }));

    private static XElement Absent(ComparisonReport report) => Table(["family", "what", "systems", "why"], 4,
        report.Entries.Where(entry => entry.Figures is null).Select(entry => new[] { entry.Name, entry.Title, entry.Systems, entry.Reason! }));

    /// <param name="firstNumber">The column from which on there are numbers.</param>
    private static XElement Table(string[] heads, int firstNumber, IEnumerable<string[]> rows)
    {
        XElement Cell(string name, string text, int column) => new(name, column < firstNumber ? null : new XAttribute("class", "number"), text);
        return new("div", new XAttribute("class", "scroll"), new XElement("table",
            new XElement("thead", new XElement("tr", heads.Select((head, column) => Cell("th", head, column)))),
            new XElement("tbody", rows.Select(row => new XElement("tr", row.Select((cell, column) => Cell("td", cell, column)))))));
    }

    private static string Number(double value) => CompareCommand.Number(value);
}
