namespace Blindsight.Training.Activations;

/// <summary>
/// What least squares needs to know of one channel: sums of x^k, k from 0 to 6, and of y x^k, k from 0 to 3, for its inputs x and
/// exact outputs y; and the largest |x|.
/// </summary>
internal sealed class InputMoments
{
    private readonly double[] _powers = new double[7];
    private readonly double[] _products = new double[4];

    /// <summary>Largest |x|.</summary>
    public float Range { get; private set; }

    /// <summary>Inputs seen.</summary>
    public double Count => _powers[0];
    public double Mean => Count == 0 ? 0 : _powers[1] / Count;
    public double Variance => Count == 0 ? 0 : Math.Max(0, _powers[2] / Count - Mean * Mean);

    /// <summary>Takes in some elements.</summary>
    public void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double value = x[i], power = 1;
            for (int k = 0; k < _powers.Length; k++, power *= value)
            {
                _powers[k] += power;
                if (k < _products.Length) _products[k] += power * y[i];
            }
            Range = MathF.Max(Range, MathF.Abs(x[i]));
        }
    }

    /// <summary>
    /// The polynomial of a degree with the least squared error, or null where there is none of use. A square's leading coefficient is
    /// the power of two next to the best one above zero. Where nothing before takes a scale a linear channel has slope 1; where nothing normalises there
    /// are no squares, since a few squares of squares along a residual branch exceed every range.
    /// </summary>
    public float[]? Fit(ActivationKind kind, ActivationSource source)
    {
        if (Count == 0 || source == ActivationSource.Other && kind is (ActivationKind.Square or ActivationKind.Cubic)) return null;
        switch (kind)
        {
            case ActivationKind.Constant: return [(float)(_products[0] / Count), 0, 0, 0];
            case ActivationKind.Linear when source != ActivationSource.Normalised: return [(float)((_products[0] - _powers[1]) / Count), 1, 0, 0];
            case ActivationKind.Linear: return Solve(1, 0);
            case ActivationKind.Square:
                if (Solve(2, 0) is not { } best || !(best[2] > 0)) return null;
                float leading = MathF.ScaleB(1, (int)Math.Round(Math.Log2(best[2])));
                return Solve(1, leading);
            default: return Solve(3, 0);
        }
    }

    /// <summary>Least squares of y - leading * x^2 by a polynomial of a degree, by the normal equations.</summary>
    private float[]? Solve(int degree, double leading)
    {
        int terms = degree + 1;
        double[,] matrix = new double[terms, terms + 1];
        for (int row = 0; row < terms; row++)
        {
            for (int column = 0; column < terms; column++) matrix[row, column] = _powers[row + column];
            matrix[row, terms] = _products[row] - leading * _powers[row + 2];
        }
        for (int pivot = 0; pivot < terms; pivot++)
        {
            if (!(Math.Abs(matrix[pivot, pivot]) > 1e-9 * _powers[2 * pivot])) return null;
            for (int row = 0; row < terms; row++)
            {
                if (row == pivot) continue;
                double factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (int column = pivot; column <= terms; column++) matrix[row, column] -= factor * matrix[pivot, column];
            }
        }
        float[] coefficients = new float[ChannelActivationLayer.Terms];
        for (int k = 0; k < terms; k++) coefficients[k] = (float)(matrix[k, terms] / matrix[k, k]);
        if (leading != 0) coefficients[2] = (float)leading;
        return Array.TrueForAll(coefficients, float.IsFinite) ? coefficients : null;
    }
}
