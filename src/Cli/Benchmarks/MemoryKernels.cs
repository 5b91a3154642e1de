using System.Collections.Immutable;
using System.Numerics;
using Blindsight.Arithmetic.Memory;

namespace Blindsight.Cli.Benchmarks;

/// <summary>What the machine's memory gives one thread: the limit of kernels that stream.</summary>
internal static class MemoryKernels
{
    private const int Words = 1 << 24;

    public static ImmutableArray<Kernel> All { get; } =
    [
        Kernel.Rate("memory, read", "GB/s", "vector", () =>
        {
            AlignedBuffer<ulong> source = Benchmark.Uniform<ulong>(Words);
            ulong[] sum = new ulong[1];
            return new Work(1e-9 * sizeof(ulong) * Words, () => sum[0] += Sum(source.Span), source);
        }),
        Kernel.Rate("memory, copy, both ways", "GB/s", "vector", () =>
        {
            AlignedBuffer<ulong> source = Benchmark.Uniform<ulong>(Words), target = new(Words);
            return new Work(2e-9 * sizeof(ulong) * Words, () => source.Span.CopyTo(target.Span), source, target);
        }),
    ];

    private static ulong Sum(ReadOnlySpan<ulong> source)
    {
        int lanes = Vector<ulong>.Count;
        Vector<ulong> a = Vector<ulong>.Zero, b = Vector<ulong>.Zero, c = Vector<ulong>.Zero, d = Vector<ulong>.Zero;
        for (int i = 0; i <= source.Length - 4 * lanes; i += 4 * lanes)
        {
            a += new Vector<ulong>(source[i..]);
            b += new Vector<ulong>(source[(i + lanes)..]);
            c += new Vector<ulong>(source[(i + 2 * lanes)..]);
            d += new Vector<ulong>(source[(i + 3 * lanes)..]);
        }
        return Vector.Sum(a + b + c + d);
    }
}
