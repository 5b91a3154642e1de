using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Inputs of kernels: the same at every run, and nobody's secret.</summary>
internal static class Benchmark
{
    public static Prg Randomness(string label) => Prg.Derive(stackalloc byte[Prg.SeedBytes], label);

    public static AlignedBuffer<T> Uniform<T>(int length) where T : unmanaged
    {
        AlignedBuffer<T> buffer = new(length);
        using Prg prg = Randomness("uniform");
        prg.Fill(buffer.Span);
        return buffer;
    }
}
