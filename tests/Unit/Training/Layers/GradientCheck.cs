using Blindsight.Arithmetic.Randomness;
using Blindsight.Training;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Unit.Training.Layers;

/// <summary>
/// Compares a network's gradients with central differences of the loss sum(r * output) for random r. The first layer is a
/// 1 x 1 convolution, so the layer under test also has to pass gradients to its inputs.
/// </summary>
internal static class GradientCheck
{
    private const int Images = 11;
    private const double Tolerance = 2e-2;

    /// <param name="frozen">Elements of parameters, by name and index, whose gradient is zero whatever the loss does.</param>
    public static void Run(Network network, float difference = 1e-2f, Func<string, int, bool>? frozen = null)
    {
        Pass pass = new(new BatchSlices(2), Images, IsTraining: true);
        float[] input = Spread(Images * network.InputShape.Elements, "input");
        float[] weights = Spread(Images * network.OutputShape.Elements, "loss");

        BatchTensor output = Forward();
        weights.CopyTo(output.Gradients, 0);
        network.Backward(pass);
        foreach (Parameter parameter in network.Parameters.Where(parameter => parameter.IsTrained).ToArray())
        {
            float[] gradients = [.. parameter.Gradients];
            double scale = Math.Max(0.1, gradients.Max(Math.Abs));
            foreach (int index in Sample(parameter.Values.Length))
            {
                double numeric = frozen?.Invoke(parameter.Name, index) == true ? 0 : Numeric(parameter.Values, index);
                Assert.True(
                    Math.Abs(numeric - gradients[index]) <= Tolerance * scale,
                    $"{parameter.Name}[{index}]: backward {gradients[index]}, difference {numeric}, scale {scale}");
            }
        }

        BatchTensor Forward()
        {
            input.CopyTo(network.Reserve(Images).Values, 0);
            return network.Forward(pass);
        }

        double Loss()
        {
            float[] values = Forward().Values;
            double sum = 0;
            for (int i = 0; i < weights.Length; i++) sum += (double)weights[i] * values[i];
            return sum;
        }

        double Numeric(float[] values, int index)
        {
            float original = values[index];
            values[index] = original + difference;
            double above = Loss();
            values[index] = original - difference;
            double below = Loss();
            values[index] = original;
            return (above - below) / (2 * difference);
        }
    }

    /// <summary>Numbers from -1 to 1.</summary>
    public static float[] Spread(int count, string purpose)
    {
        using Prg prg = TrainingSeed.Stream(7, purpose, 0);
        return [.. Enumerable.Range(0, count).Select(_ => (prg.Below(2_000_001) - 1_000_000) / 1e6f)];
    }

    private static IEnumerable<int> Sample(int length) =>
        length <= 40 ? Enumerable.Range(0, length) : Enumerable.Range(0, 40).Select(i => i * (length - 1) / 39);
}
