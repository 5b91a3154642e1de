using Spectre.Console;

namespace Blindsight.Cli.Terminal;

/// <summary>Tables that look the same in a terminal and in a log.</summary>
internal static class Tables
{
    private const int LogColumns = 160;

    public static Table New(params string[] columns)
    {
        Table table = new() { Border = TableBorder.Simple, ShowHeaders = columns.Any(column => column.Length > 0) };
        foreach (string column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)));
        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static void Add(Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);

    public static void Write(Table table, TextWriter output)
    {
        StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Console.IsOutputRedirected ? LogColumns : Math.Max(80, Console.WindowWidth);
        console.Write(table);
        foreach (string line in text.ToString().Split('\n'))
            if (!string.IsNullOrWhiteSpace(line)) output.WriteLine(line.TrimEnd());
    }
}
