using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Number-theoretic transforms and products of transforms, modulo one 50-bit prime.</summary>
internal static class TransformKernels
{
    private const int DotRows = 128, DotElements = DotRows * ResidueVector.DotLanes;

    /// <summary>Factors of 64 KiB each, which the second-level cache holds, and of 32 MiB each.</summary>
    private const int BlocksInCache = 1, BlocksStreamed = 512;

    public static IEnumerable<Kernel> All =>
    [
        .. new[] { 2048, 4096, 16384 }.SelectMany(degree => new[]
        {
            Transform($"ntt forward {degree}", degree, (ntt, values) => ntt.Forward(values)),
            Transform($"ntt inverse {degree}", degree, (ntt, values) => ntt.Inverse(values)),
        }),
        Products("pointwise multiply-accumulate, both halves, in cache", BlocksInCache),
        Products("pointwise multiply-accumulate, both halves, streamed", BlocksStreamed),
    ];

    private static PrimeModulus Modulus => new(NttPrimes.Values[0]);

    /// <summary>Repeats in place: the outputs of either direction are within the bounds of its inputs.</summary>
    private static Kernel Transform(string name, int degree, Action<NegacyclicNtt, Span<double>> transform) =>
        Kernel.Rate(name, "K transforms/s", InstructionPaths.Residues, () =>
        {
            NegacyclicNtt ntt = new(degree, Modulus);
            AlignedBuffer<double> values = Uniform(ntt.Modulus, degree);
            return new Work(1e-3, () => transform(ntt, values.Span), values);
        });

    private static Kernel Products(string name, int blocks) =>
        Kernel.Rate(name, "G products/s", InstructionPaths.Residues, () =>
        {
            PrimeModulus modulus = Modulus;
            int length = blocks * DotElements;
            AlignedBuffer<double> weights = Uniform(modulus, length), a = Uniform(modulus, length), b = Uniform(modulus, length);
            AlignedBuffer<double> sumA = new(ResidueVector.DotLanes), sumB = new(ResidueVector.DotLanes);
            return new Work(2e-9 * length, () =>
            {
                for (int at = 0; at < length; at += DotElements)
                    ResidueVector.Dot(modulus, weights.Span.Slice(at, DotElements), a.Span.Slice(at, DotElements),
                        b.Span.Slice(at, DotElements), sumA.Span, sumB.Span);
            }, weights, a, b, sumA, sumB);
        });

    /// <summary>Reduced residues, all over the range.</summary>
    private static AlignedBuffer<double> Uniform(PrimeModulus modulus, int length)
    {
        AlignedBuffer<double> values = new(length);
        using Prg prg = Benchmark.Randomness("residues");
        foreach (ref double value in values.Span) value = modulus.FromCanonical(prg.NextUInt64() % modulus.Value);
        return values;
    }
}
