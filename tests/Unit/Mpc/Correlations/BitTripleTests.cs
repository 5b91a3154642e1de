using System.Numerics;
using Blindsight.Arithmetic.Bits;
using Blindsight.Mpc.Correlations;

namespace Blindsight.Unit.Mpc.Correlations;

public sealed class BitTripleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(5000)]
    public void Triples_multiply(int count)
    {
        Transfers transfers = new(2 * count);
        int words = BitPlanes.PlaneWords(count);
        ulong[][] s = Vectors(3, words), r = Vectors(3, words);
        BitTriples.FromSender(count, transfers.Hash, 7, transfers.Q, transfers.Delta, s[0], s[1], s[2]);
        BitTriples.FromReceiver(count, transfers.Hash, 7, transfers.T, r[0], r[1], r[2]);
        for (int i = 0; i < words; i++)
            Assert.Equal((s[0][i] ^ r[0][i]) & (s[1][i] ^ r[1][i]), s[2][i] ^ r[2][i]);
        foreach (ulong[] vector in (ulong[][])[.. s, .. r]) AssertBalanced(vector, count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(5000)]
    public void Triples_with_a_shared_operand_multiply(int count)
    {
        Transfers forth = new(count, 1), back = new(count, 2);
        int words = BitPlanes.PlaneWords(count);
        ulong[][] x = Vectors(5, words), y = Vectors(5, words);
        SharedOperandTriples.Generate(
            count, new(forth.Hash, 3, forth.Q, forth.Delta), new(back.Hash, 9, back.T), x[0], x[1], x[2], x[3], x[4]);
        SharedOperandTriples.Generate(
            count, new(back.Hash, 9, back.Q, back.Delta), new(forth.Hash, 3, forth.T), y[0], y[1], y[2], y[3], y[4]);
        for (int i = 0; i < words; i++)
        {
            ulong a = x[0][i] ^ y[0][i];
            Assert.Equal(a & (x[1][i] ^ y[1][i]), x[3][i] ^ y[3][i]);
            Assert.Equal(a & (x[2][i] ^ y[2][i]), x[4][i] ^ y[4][i]);
        }
        foreach (ulong[] vector in (ulong[][])[.. x, .. y]) AssertBalanced(vector, count);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Transfers transfers = new(20);
        ulong[] one = new ulong[1], two = new ulong[2];
        Assert.Throws<ArgumentException>(() =>
            BitTriples.FromSender(11, transfers.Hash, 0, transfers.Q, transfers.Delta, one, one, one));
        Assert.Throws<ArgumentException>(() =>
            BitTriples.FromReceiver(10, transfers.Hash, 0, transfers.T, one, two, one));
    }

    private static ulong[][] Vectors(int count, int words) =>
        [.. Enumerable.Range(0, count).Select(_ => new ulong[words])];

    private static void AssertBalanced(ulong[] vector, int count)
    {
        if (count % 64 != 0) Assert.Equal(0UL, vector[^1] >> (count % 64));
        int ones = vector.Sum(BitOperations.PopCount);
        Assert.InRange(ones, count / 2.0 - 3 * Math.Sqrt(count), count / 2.0 + 3 * Math.Sqrt(count));
    }
}
