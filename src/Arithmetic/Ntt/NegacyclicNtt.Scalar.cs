using System.Runtime.CompilerServices;

namespace Blindsight.Arithmetic.Ntt;

/// <content>The scalar twin: one level at a time, with the same bounds as the vector paths.</content>
public sealed unsafe partial class NegacyclicNtt
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardScalar(double* x)
    {
        double* roots = _roots.Pointer;
        int level = 0;
        for (int half = Degree / 2, nodes = 1; half > 0; half /= 2, nodes *= 2, level++)
            for (int node = 0; node < nodes; node++)
            {
                double w = roots[nodes + node];
                double* u = x + 2 * half * node;
                double* v = u + half;
                for (int j = 0; j < half; j++)
                {
                    double product = Modulus.Multiply(v[j], w), upper = level % 3 == 0 ? Modulus.Reduce(u[j]) : u[j];
                    u[j] = upper + product;
                    v[j] = upper - product;
                }
            }
        TransposeBlocks(x);
        for (int i = 0; i < Degree; i++) x[i] = Modulus.Reduce(x[i]);
    }

    /// <summary>Reducing every sum keeps all residues loose: 1 and (1/2 + 2/8).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InverseScalar(double* x)
    {
        double* roots = _inverseRoots.Pointer;
        TransposeBlocks(x);
        for (int half = 1, nodes = Degree / 2; nodes > 1; half *= 2, nodes /= 2)
            for (int node = 0; node < nodes; node++)
            {
                double w = roots[nodes + node];
                double* u = x + 2 * half * node;
                double* v = u + half;
                for (int j = 0; j < half; j++)
                {
                    double sum = u[j] + v[j], difference = u[j] - v[j];
                    u[j] = Modulus.Reduce(sum);
                    v[j] = Modulus.Multiply(difference, w);
                }
            }
        for (int j = 0, half = Degree / 2; j < half; j++)
        {
            double sum = x[j] + x[j + half], difference = x[j] - x[j + half];
            x[j] = Modulus.Multiply(sum, _degreeInverse);
            x[j + half] = Modulus.Multiply(difference, _degreeInverseRoot);
        }
    }

    private void TransposeBlocks(double* x)
    {
        for (double* block = x; block < x + Degree; block += Block)
            for (int row = 0; row < 8; row++)
                for (int column = 0; column < row; column++)
                    (block[8 * row + column], block[8 * column + row]) = (block[8 * column + row], block[8 * row + column]);
    }
}
