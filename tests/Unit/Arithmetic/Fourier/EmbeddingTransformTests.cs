using System.Numerics;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Fourier;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.Unit.Arithmetic.Fourier;

public sealed class EmbeddingTransformTests
{
    private const int Degree = 1024, Slots = Degree / 2;

    public static TheoryData<int> Paths => [.. InstructionSets.Supported.Select(set => (int)set)];

    [Theory, MemberData(nameof(Paths))]
    public void Slots_are_the_values_at_the_powers_of_three_of_the_root(int path)
    {
        using EmbeddingTransform transform = new(Degree, (InstructionSet)path);
        double[] coefficients = Random("coefficients", Degree), real = new double[Slots], imaginary = new double[Slots];
        transform.ToSlots([.. coefficients], new double[Degree], 2, real, imaginary);
        for (int j = 0, power = 1; j < Slots; j++, power = 3 * power % (2 * Degree))
        {
            Complex sum = 0;
            for (int i = 0; i < Degree; i++)
            {
                double turn = (double)((long)i * power % (2 * Degree)) / Degree;
                sum += coefficients[i] * new Complex(double.CosPi(turn), double.SinPi(turn));
            }
            Assert.Equal(2 * sum.Real, real[j], 1e-11);
            Assert.Equal(2 * sum.Imaginary, imaginary[j], 1e-11);
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(2048)]
    [InlineData(8192)]
    [InlineData(65536)]
    public void Polynomials_with_given_values_have_them_to_within_the_stated_error(int degree)
    {
        using EmbeddingTransform transform = new(degree);
        double[] real = Random("real", degree / 2), imaginary = Random("imaginary", degree / 2), polynomial = new double[degree];
        double[] scratch = new double[degree], toReal = new double[degree / 2], toImaginary = new double[degree / 2];
        transform.FromSlots(real, imaginary, 1024, scratch, polynomial);
        Assert.Equal(real.Concat(imaginary).Sum(x => x * x) / (degree / 2) * 1024 * 1024, polynomial.Sum(x => x * x), 1e-3);
        transform.ToSlots(polynomial, scratch, 1.0 / 1024, toReal, toImaginary);
        double error = real.Zip(toReal, (a, b) => a - b).Concat(imaginary.Zip(toImaginary, (a, b) => a - b)).Sum(x => x * x);
        Assert.InRange(Math.Sqrt(error / degree), 1e-18, Math.Pow(2, -50));
    }

    [Theory, MemberData(nameof(Paths))]
    public void All_paths_round_alike(int path)
    {
        using EmbeddingTransform transform = new(Degree, (InstructionSet)path), scalar = new(Degree, InstructionSet.Scalar);
        double[] real = Random("real", Slots), imaginary = Random("imaginary", Slots), scratch = new double[Degree];
        double[] first = new double[Degree], second = new double[Degree];
        transform.FromSlots(real, imaginary, 1, scratch, first);
        scalar.FromSlots(real, imaginary, 1, scratch, second);
        Assert.Equal(second, first);
        double[] firstReal = new double[Slots], firstImaginary = new double[Slots];
        transform.ToSlots(first, scratch, 1, firstReal, firstImaginary);
        scalar.ToSlots(second, scratch, 1, real, imaginary);
        Assert.Equal(real, firstReal);
        Assert.Equal(imaginary, firstImaginary);
    }

    [Fact]
    public void Degrees_and_lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ParameterException>(() => new EmbeddingTransform(512));
        Assert.Throws<ParameterException>(() => new EmbeddingTransform(3000));
        using EmbeddingTransform transform = new(Degree);
        double[] whole = new double[Degree], half = new double[Slots];
        Assert.Throws<ArgumentException>(() => transform.ToSlots(half, whole, 1, half, half));
        Assert.Throws<ArgumentException>(() => transform.FromSlots(half, whole, 1, whole, whole));
    }

    private static double[] Random(string label, int length)
    {
        using Prg prg = Prg.Derive([], label);
        return [.. Enumerable.Range(0, length).Select(_ => (long)prg.NextUInt64() * Math.Pow(2, -63))];
    }
}
