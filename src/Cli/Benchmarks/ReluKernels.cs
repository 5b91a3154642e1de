using Blindsight.Compiler.Plans;

namespace Blindsight.Cli.Benchmarks;

/// <summary>
/// A million ReLUs by both parties' sessions; fewer where they are garbled, since the client keeps 1.7 KB of each. Squares of 13 bits.
/// </summary>
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
            InstructionPaths.Aes, () => new ReluSessions(ComparisonKinds.Transfers, size: 128)),
        new Kernel(
            [
                new Metric("square, 16 bits, a million, offline", Unit), new Metric("square, 16 bits, a million, online", Unit),
                new Metric("extension after squares, offline", Unit), new Metric("extension after squares, online", Unit),
            ],
            InstructionPaths.Aes, () => new ReluSessions(ComparisonKinds.Transfers, size: 128, squares: true)),
        new Kernel(
            [
                new Metric("garbled relu, 16 bits, 65,536, offline", Unit), new Metric("garbled relu, 16 bits, 65,536, online", Unit),
                new Metric("extension after garbled relu, offline", Unit), new Metric("extension after garbled relu, online", Unit),
            ],
            InstructionPaths.Aes, () => new ReluSessions(ComparisonKinds.Garbled, size: 32)),
    ];
}
