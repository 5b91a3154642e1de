using Blindsight.Enclave;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;

namespace Blindsight.Unit.Enclave;

/// <summary>y = 2 x[0..3] - x[1..4] + 1 of four numbers, in two images.</summary>
public sealed class ProjectionsTests
{
    private const int Images = 2;

    private static readonly RoomContract Contract = new("model", 4096, Images, 2, [],
        [new(4, 0, 1L << 45, 4), new(3, 0, 1L << 45, 1 << 20)], [new("x", 4, [0, 1, 2, 3], 0, 3)], [], [new("y", 1, 1)]);

    private static byte[] Make(byte seed)
    {
        byte[] bytes = [.. Enumerable.Repeat(seed, 16)];
        double[] r = Projections.Vectors(bytes, 1, 3), rows = new double[Projections.Rows * 4], constants = new double[Projections.Rows];
        for (int row = 0; row < Projections.Rows; row++)
            for (int e = 0; e < 3; e++)
            {
                rows[row * 4 + e] += 2 * r[row * 3 + e];
                rows[row * 4 + e + 1] -= r[row * 3 + e];
                constants[row] += r[row * 3 + e];
            }
        return Projections.Write(bytes, new Dictionary<int, (IReadOnlyDictionary<int, double[]>, double[])>
        {
            [1] = (new Dictionary<int, double[]> { [0] = rows }, constants),
        });
    }

    private static bool Passes(byte seed, Func<int, double> deviation)
    {
        double[] x = [.. Enumerable.Range(0, 4 * Images).Select(i => Math.Sin(i))], y = new double[3 * Images];
        for (int e = 0; e < 3; e++)
            for (int i = 0; i < Images; i++) y[e * Images + i] = 2 * x[e * Images + i] - x[(e + 1) * Images + i] + 1 + deviation(e * Images + i);
        try
        {
            Projections.Read(Make(seed), Contract).Check(Contract, 1, "y", y, [x, null]);
            return true;
        }
        catch (RoomException refused)
        {
            Assert.Equal(RoomFault.IntegrityRefused, refused.Fault);
            return false;
        }
    }

    [Fact]
    public void What_the_model_makes_passes_and_so_does_its_noise()
    {
        double tolerance = Projections.Tolerance(Contract, 1);
        for (byte seed = 0; seed < 100; seed++)
        {
            Assert.True(Passes(seed, _ => 0));
            Assert.True(Passes(seed, at => at == 1 ? 0.99 * tolerance : 0));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void One_number_of_one_image_that_is_64_tolerances_off_never_passes(int at)
    {
        double tolerance = Projections.Tolerance(Contract, 1);
        for (byte seed = 0; seed < 100; seed++) Assert.False(Passes(seed, i => i == at ? 64 * tolerance : 0));
    }

    /// <summary>Of twice the tolerance a row lets half pass, so ten rows one of 1,024.</summary>
    [Fact]
    public void Passing_is_as_rare_as_the_bound_says()
    {
        double tolerance = Projections.Tolerance(Contract, 1);
        int passed = 0;
        for (int seed = 0; seed < 256; seed++) passed += Passes((byte)seed, i => i == 2 ? 1.25 * tolerance : 0) ? 1 : 0;
        // Expected (1/1.25)^10 of 256, 27.5, of deviation 5.
        Assert.InRange(passed, 5, 50);
    }

    [Fact]
    public void Vectors_fill_their_interval_and_differ_by_value()
    {
        double[] vectors = Projections.Vectors(new byte[16], 1, 1000), others = Projections.Vectors(new byte[16], 2, 1000);
        Assert.All(vectors, number => Assert.InRange(number, -1, 1));
        Assert.InRange(vectors.Average(), -0.03, 0.03);
        Assert.InRange(vectors.Select(number => number * number).Average(), 0.31, 0.36);
        Assert.Equal(vectors.Length, vectors.Distinct().Count());
        Assert.Empty(vectors.Intersect(others));
    }

    [Fact]
    public void Bytes_of_other_lengths_or_values_are_refused()
    {
        byte[] bytes = Make(1);
        for (int length = 0; length < bytes.Length; length += 7) Refused(bytes[..length]);
        Refused([.. bytes, 0]);
        foreach (int at in new[] { 0, 16, 20, 24 })
        {
            byte[] changed = [.. bytes];
            changed[at] += 1;
            if (at < 4 || at >= 20) Refused(changed);
        }
        byte[] infinite = [.. bytes];
        infinite.AsSpan(28, 8).Fill(0xff);
        Refused(infinite);
    }

    private static void Refused(byte[] bytes) =>
        Assert.Equal(RoomFault.Malformed, Assert.Throws<RoomException>(() => Projections.Read(bytes, Contract)).Fault);
}
