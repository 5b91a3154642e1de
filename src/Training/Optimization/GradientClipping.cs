using Blindsight.Training.Layers;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Optimization;

/// <summary>Keeps the Euclidean norm of the whole gradient below a limit.</summary>
internal static class GradientClipping
{
    /// <summary>Scales all gradients down together where their common norm is above the limit; returns the norm found.</summary>
    public static double Apply(IEnumerable<Parameter> parameters, float normMax)
    {
        Parameter[] trained = [.. parameters.Where(parameter => parameter.IsTrained)];
        double norm = Math.Sqrt(trained.Sum(parameter => (double)VectorLoops.SumOfSquares(parameter.Gradients, 0)));
        if (norm > normMax)
            foreach (Parameter parameter in trained)
                VectorLoops.Affine(parameter.Gradients, (float)(normMax / norm), 0, parameter.Gradients);
        return norm;
    }
}
