namespace Blindsight.Cli;

/// <summary>Where a command writes: results to one, progress and faults to the other.</summary>
internal sealed record Terminals(TextWriter Out, TextWriter Error);
