namespace Blindsight.Cli;

/// <summary>Where a command writes: results to one, progress and faults to the other.</summary>
internal sealed record Terminals(TextWriter Out, TextWriter Error)
{
    /// <summary>Says what went wrong without ending the command.</summary>
    public void Complain(string words) => Error.WriteLine($"blindsight: {words}");
}
