namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Fits times by sums of parts, each of which takes some time or none.</summary>
internal static class LeastSquares
{
    private const int Sweeps = 2000;

    /// <summary>The x, none negative, with the least relative error of A x against b, by coordinate descent.</summary>
    /// <param name="rows">A, by observation; every column has an entry above 0.</param>
    /// <param name="times">b, above 0.</param>
    public static double[] Solve(double[][] rows, double[] times)
    {
        double[] x = new double[rows[0].Length];
        for (int sweep = 0; sweep < Sweeps; sweep++)
            for (int j = 0; j < x.Length; j++)
            {
                double along = 0, square = 0;
                for (int i = 0; i < rows.Length; i++)
                {
                    double weight = rows[i][j] / times[i], rest = 1;
                    for (int k = 0; k < x.Length; k++)
                        if (k != j) rest -= rows[i][k] / times[i] * x[k];
                    along += weight * rest;
                    square += weight * weight;
                }
                x[j] = Math.Max(0, along / square);
            }
        return x;
    }
}
