using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;

namespace Blindsight.Unit.Inference.TwoServers;

public sealed class SelectionKernelTests
{
    [Fact]
    public void Look_ups_agree_with_the_scalar_path_and_the_table()
    {
        using Prg prg = Prg.Derive([], "look-ups");
        foreach (int digitBits in new[] { 1, 2, 3, 4 })
            foreach (int firstBit in new[] { 0, 3, 12 })
                for (int count = 0; count < 100; count += count < 70 ? 1 : 29)
                {
                    uint[] tables = Uniform(prg, count), points = Uniform(prg, count);
                    byte[] bits = new byte[count], scalar = new byte[count];
                    DigitLookUp.Read(tables, points, firstBit, digitBits, bits);
                    DigitLookUp.ReadScalar(tables, points, firstBit, digitBits, scalar, 0);
                    Assert.Equal(scalar, bits);
                    for (int i = 0; i < count; i++)
                    {
                        int at = (int)(points[i] >> firstBit) & ((1 << digitBits) - 1);
                        Assert.Equal(tables[i] >> at & 1, bits[i] & 1u);
                        Assert.Equal(tables[i] >> (at + (1 << digitBits)) & 1, bits[i] >> 1 & 1u);
                    }
                }
    }

    [Theory]
    [InlineData(16, 32, 4)]
    [InlineData(16, 16, 4)]
    [InlineData(12, 20, 1)]
    [InlineData(24, 32, 1)]
    public void Selected_numbers_agree_with_the_scalar_path(int ringBits, int outputBits, int cases)
    {
        using Prg prg = Prg.Derive([], "selection");
        for (int count = 0; count < 80; count++)
        {
            SelectionShape shape = new(cases == 4 ? ComparisonMethod.Tables : ComparisonMethod.Functions, count, ringBits, outputBits, 1, 0, false);
            uint[] Wraps() => shape.Widens ? Uniform(prg, count) : [];
            MaskedNumbers numbers = new(Uniform(prg, count), Uniform(prg, count), Wraps());
            CaseShares[] shares = [.. Enumerable.Range(0, cases).Select(_ => new CaseShares(Uniform(prg, count), Uniform(prg, count), Wraps(), []))];
            byte[] flags = new byte[count];
            prg.Fill(flags);
            foreach (ref byte flag in flags.AsSpan()) flag &= (byte)(cases == 4 ? 15 : 9);
            uint[] opened = Uniform(prg, count), actual = new uint[count], scalar = new uint[count];
            foreach (uint own in new uint[] { 0, uint.MaxValue })
            {
                MaskedSelect.Numbers(shape, own, numbers, shares, flags, opened, -77, actual);
                if (shape.Widens) MaskedSelect.NumbersScalar<MaskedSelect.Wider>(shape, own, numbers, shares, flags, opened, -77, scalar, 0);
                else MaskedSelect.NumbersScalar<MaskedSelect.AsWide>(shape, own, numbers, shares, flags, opened, -77, scalar, 0);
                Assert.Equal(scalar, actual);
            }
        }
    }

    private static uint[] Uniform(Prg prg, int count)
    {
        uint[] numbers = new uint[count];
        prg.Fill<uint>(numbers);
        return numbers;
    }
}
