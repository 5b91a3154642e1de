using Blindsight.Training.Activations;
using Blindsight.Unit.Training.Layers;

namespace Blindsight.Unit.Training.Activations;

public sealed class InputMomentsTests
{
    [Fact]
    public void A_polynomial_that_is_there_is_found()
    {
        InputMoments moments = new();
        float[] x = GradientCheck.Spread(500, "fit");
        moments.Add(x, Array.ConvertAll(x, v => 0.3f - 0.7f * v + 1.1f * v * v + 0.4f * v * v * v));
        Assert.Equal([0.3, -0.7, 1.1, 0.4], moments.Fit(ActivationKind.Cubic, ActivationSource.Normalised)!.Select(c => Math.Round((double)c, 3)));
    }

    [Fact]
    public void The_fit_of_relu_on_normal_inputs_is_the_known_one()
    {
        // For a standard normal x the best quadratic of ReLU has slope 1/2 and leading coefficient 1/(2 sqrt(2 pi)) = 0.1995: next power 1/4 or 1/8.
        InputMoments moments = new();
        float[] x = Normal(200_000);
        moments.Add(x, Array.ConvertAll(x, v => MathF.Max(0, v)));
        float[] square = moments.Fit(ActivationKind.Square, ActivationSource.Normalised)!;
        Assert.Equal(0.25f, square[2]);
        Assert.Equal(0.5, square[1], 0.01);
        Assert.Equal(0.3989 - 0.25, square[0], 0.01);
        float[] linear = moments.Fit(ActivationKind.Linear, ActivationSource.Normalised)!;
        Assert.Equal(0.5, linear[1], 0.01);
        Assert.Equal(0.3989, linear[0], 0.01);
        Assert.Equal([0.3989, 1], moments.Fit(ActivationKind.Linear, ActivationSource.Pooled)![..2].Select(c => Math.Round((double)c, 4)), new Near(0.01));
        Assert.Equal(0.3989, moments.Fit(ActivationKind.Constant, ActivationSource.Normalised)![0], 0.01);
    }

    [Fact]
    public void What_the_inputs_do_not_determine_is_not_fitted()
    {
        InputMoments moments = new();
        moments.Add(new float[100], new float[100]);
        Assert.Null(moments.Fit(ActivationKind.Linear, ActivationSource.Normalised));
        Assert.Null(moments.Fit(ActivationKind.Square, ActivationSource.Normalised));
        Assert.NotNull(moments.Fit(ActivationKind.Constant, ActivationSource.Normalised));
        Assert.Null(new InputMoments().Fit(ActivationKind.Constant, ActivationSource.Normalised));
    }

    [Fact]
    public void Sums_that_nothing_normalises_are_not_squared()
    {
        InputMoments moments = new();
        float[] x = GradientCheck.Spread(500, "fit");
        moments.Add(x, Array.ConvertAll(x, v => MathF.Max(0, v)));
        Assert.NotNull(moments.Fit(ActivationKind.Linear, ActivationSource.Pooled));
        Assert.Null(moments.Fit(ActivationKind.Square, ActivationSource.Other));
        Assert.Null(moments.Fit(ActivationKind.Cubic, ActivationSource.Other));
        Assert.NotNull(moments.Fit(ActivationKind.Square, ActivationSource.Normalised));
        Assert.NotNull(moments.Fit(ActivationKind.Square, ActivationSource.Pooled));
    }

    [Fact]
    public void No_square_opens_downwards()
    {
        InputMoments moments = new();
        float[] x = GradientCheck.Spread(500, "fit");
        moments.Add(x, Array.ConvertAll(x, v => -v * v));
        Assert.Null(moments.Fit(ActivationKind.Square, ActivationSource.Normalised));
    }

    private static float[] Normal(int count)
    {
        using Blindsight.Arithmetic.Randomness.Prg prg = Blindsight.Training.TrainingSeed.Stream(1, "normal", 0);
        return [.. Enumerable.Range(0, count).Select(_ => (float)Blindsight.Training.NormalNumbers.Next(prg))];
    }

    private sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double value) => 0;
    }
}
