namespace Blindsight.Cli.Benchmarks;

/// <summary>A million ReLUs by both parties' sessions.</summary>
internal static class ReluKernels
{
    private const string Unit = "us/element";

    public static IEnumerable<Kernel> All =>
    [
        new Kernel(
            [
                new Metric("relu, 16 bits, a million, offline", Unit), new Metric("relu, 16 bits, a million, online", Unit),
                new Metric("extension to 32 bits, a million, offline", Unit), new Metric("extension to 32 bits, a million, online", Unit),
            ],
            InstructionPaths.Aes, () => new ReluSessions()),
    ];
}
