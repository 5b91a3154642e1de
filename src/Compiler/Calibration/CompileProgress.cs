namespace Blindsight.Compiler.Calibration;

/// <summary>How far a compilation has come.</summary>
/// <param name="Stage">What is being done, for people.</param>
public sealed record CompileProgress(string Stage, int Done, int Total);
