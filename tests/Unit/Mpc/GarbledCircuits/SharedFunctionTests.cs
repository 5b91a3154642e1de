using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Unit.Mpc.GarbledCircuits;

public sealed class SharedFunctionTests
{
    private const int Bits = 4, Ring = 1 << Bits;

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(false, 4)]
    [InlineData(false, 7)]
    public void Clamp_agrees_with_the_integers_for_every_share_and_mask(bool negativePart, int? high)
    {
        foreach (bool corrected in (bool[])[false, true])
        {
            SharedFunction function = SharedFunction.Clamp(Bits, negativePart, high, corrected);
            EveryInput(function, x => high is null ? negativePart ? Math.Min(x[0], 0) : Math.Max(x[0], 0) : Math.Clamp(x[0], 0, high.Value),
                x => high is null || x[0] - high >= -Ring / 2);
        }
    }

    [Fact]
    public void Maximum_agrees_with_the_integers_where_differences_fit()
    {
        EveryInput(SharedFunction.Maximum(2, Bits, corrected: false), x => x.Max(), Fits);
        EveryInput(SharedFunction.Maximum(3, Bits, corrected: true), x => x.Max(), Fits, samples: 50_000);
    }

    [Fact]
    public void Index_of_maximum_is_that_of_the_first()
    {
        EveryInput(SharedFunction.IndexOfMaximum(2, Bits, Bits, corrected: false), x => Array.IndexOf(x, x.Max()), Fits);
        EveryInput(SharedFunction.IndexOfMaximum(5, Bits, Bits, corrected: false), x => Array.IndexOf(x, x.Max()), Fits, samples: 50_000);
    }

    [Fact]
    public void A_relu_of_l_bits_takes_three_ands_a_bit_but_for_the_highest()
    {
        for (int bits = 12; bits <= 24; bits++)
        {
            Circuit relu = SharedFunction.Clamp(bits, negativePart: false, high: null, corrected: false).Circuit;
            Assert.Equal(3 * (bits - 1), relu.Ands);
            Assert.Equal(relu.Ands, SharedFunction.Clamp(bits, negativePart: false, high: null, corrected: true).Circuit.Ands);
            Assert.InRange(relu.Slots, relu.Inputs, relu.Inputs + 8);
        }
    }

    /// <summary>k sums, k - 1 comparisons and selections, one mask.</summary>
    [Theory]
    [InlineData(1, 15 + 15)]
    [InlineData(4, 60 + 3 * 31 + 15)]
    [InlineData(9, 135 + 8 * 31 + 15)]
    public void A_maximum_of_16_bits_takes_so_many_ands(int numbers, int ands) =>
        Assert.Equal(ands, SharedFunction.Maximum(numbers, 16, corrected: false).Circuit.Ands);

    [Fact]
    public void Bounds_out_of_the_ring_are_refused()
    {
        foreach (int high in (int[])[0, -1, 8, 100])
            Assert.Throws<ArgumentException>(() => SharedFunction.Clamp(Bits, negativePart: false, high, corrected: false));
        Assert.Throws<ArgumentException>(() => SharedFunction.Clamp(Bits, negativePart: true, 3, corrected: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedFunction.Maximum(0, Bits, corrected: false));
    }

    private static bool Fits(int[] x) => x.Max() - x.Min() < Ring / 2;

    /// <summary>Every combination of input bits, or a sample of them where there are too many.</summary>
    private static void EveryInput(SharedFunction function, Func<int[], int> expected, Func<int[], bool> applies, int samples = 0)
    {
        int bits = function.Circuit.Inputs, checkedInputs = 0;
        Random random = new(1);
        ulong[] inputs = new ulong[bits], outputs = new ulong[function.OutputBits];
        long runs = samples > 0 ? samples / 64 : Math.Max(1, (1L << bits) / 64);
        for (long run = 0; run < runs; run++)
        {
            for (int i = 0; i < bits; i++) inputs[i] = samples > 0 ? (ulong)random.NextInt64() * 3 : Enumerated(run, i);
            function.Circuit.Evaluate(inputs, outputs);
            for (int j = 0; j < 64; j++)
            {
                int at = 0;
                int Next(int width)
                {
                    int number = 0;
                    for (int bit = 0; bit < width; bit++) number |= (int)(inputs[at++] >> j & 1) << bit;
                    return number;
                }
                int[] evaluator = [.. Enumerable.Range(0, function.Numbers).Select(_ => Next(Bits))];
                int[] garbler = [.. Enumerable.Range(0, function.Numbers).Select(_ => Next(Bits))];
                if (function.Corrected) evaluator = [.. evaluator.Select(share => share ^ Next(Bits))];
                int[] x = [.. evaluator.Zip(garbler, (a, b) => (a + b + Ring / 2) % Ring - Ring / 2)];
                if (!applies(x)) continue;
                int mask = Next(function.OutputBits), actual = 0;
                for (int bit = 0; bit < function.OutputBits; bit++) actual |= (int)(outputs[bit] >> j & 1) << bit;
                Assert.Equal((expected(x) - mask) & (Ring - 1), actual);
                checkedInputs++;
            }
        }
        Assert.True(checkedInputs > 100);
    }

    /// <summary>Bit i of the numbers 64 * run to 64 * run + 63.</summary>
    private static ulong Enumerated(long run, int i)
    {
        ulong word = 0;
        for (int j = 0; j < 64; j++) word |= (ulong)((64 * run + j) >> i & 1) << j;
        return word;
    }
}
