using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Reference;

/// <summary>Runs a network in floats: what calibration measures and passes are tested against.</summary>
internal static class NetworkExecutor
{
    /// <summary>Runs one inference.</summary>
    /// <param name="observe">Told every value once it is computed: value id, elements.</param>
    /// <returns>The outputs before post-operations, one for each output of the network.</returns>
    public static float[][] Run(Network network, IReadOnlyList<FloatTensor> inputs, Action<int, float[]>? observe = null)
    {
        Dictionary<int, float[]> values = [];
        Dictionary<int, int> uses = network.CountUses();
        foreach (Layer layer in network.Layers)
        {
            float[] result = Run(network, layer, layer is InputLayer input ? [inputs[input.Index].Data] : [.. layer.Inputs.Select(id => values[id])]);
            values[layer.Output] = result;
            observe?.Invoke(layer.Output, result);
            foreach (int id in layer.Inputs)
                if (--uses[id] == 0) values.Remove(id);
        }
        return [.. network.Outputs.Select(output => values[output.Value])];
    }

    private static float[] Run(Network network, Layer layer, float[][] inputs) => layer switch
    {
        InputLayer => inputs[0],
        LinearLayer linear => Linear(linear, inputs, network.Values[layer.Output].Elements),
        ClampLayer clamp => Array.ConvertAll(inputs[0], x => Math.Min(Math.Max(x, clamp.Low), clamp.High)),
        ActivationLayer activation => Activation(activation, inputs[0]),
        MaxPoolLayer pool => MaxPool(pool, inputs[0]),
        LayoutLayer layout => Layout(network, layout, inputs),
        ArgMaxLayer argMax => ArgMax(inputs[0], network.Values[argMax.Input].Shape[^1]),
        _ => throw new ArgumentException($"layer '{layer.Name}' is of an unknown kind"),
    };

    private static float[] Linear(LinearLayer layer, float[][] inputs, int elements)
    {
        float[] sum = new float[elements];
        int positions = elements / layer.Channels;
        for (int channel = 0; channel < layer.Channels; channel++)
            sum.AsSpan(channel * positions, positions).Fill(layer.Bias[channel]);
        for (int t = 0; t < layer.Terms.Length; t++)
            switch (layer.Terms[t])
            {
                case ConvolutionFloatTerm term: Convolution.Accumulate<float>(term.Geometry, inputs[t], term.Weights, sum); break;
                case SumPoolFloatTerm term: Pooling.AccumulateSums<float>(term.Geometry, term.Multipliers, inputs[t], sum); break;
                default:
                    for (int i = 0; i < elements; i++) sum[i] += inputs[t][i];
                    break;
            }
        return sum;
    }

    private static float[] Activation(ActivationLayer layer, float[] input)
    {
        float[] output = new float[input.Length];
        int positions = input.Length / layer.Channels;
        for (int i = 0; i < output.Length; i++)
        {
            int channel = i / positions;
            float x = input[i], square = MathF.ScaleB(x * x, layer.Exponents[channel]), offset = layer.Offsets[channel];
            output[i] = layer.Kinds[channel] switch
            {
                ActivationStep.Clamp => Math.Min(Math.Max(x, layer.Low), layer.High),
                ActivationStep.Square => square + offset,
                ActivationStep.NegatedSquare => offset - square,
                ActivationStep.Identity => x,
                _ => offset,
            };
        }
        return output;
    }

    private static float[] MaxPool(MaxPoolLayer layer, float[] input)
    {
        float[] output = new float[layer.Geometry.OutElements];
        Pooling.Max<float>(layer.Geometry, input, output);
        return output;
    }

    private static float[] Layout(Network network, LayoutLayer layer, float[][] inputs)
    {
        if (layer.Operation is ReshapeLayout) return inputs[0];
        float[] joined = inputs.Length == 1 ? inputs[0] : [.. inputs.SelectMany(input => input)];
        int[] sources = LayoutMap.Sources(
            layer.Operation, [.. layer.Sources.Select(id => network.Values[id].Shape)], network.Values[layer.Output].Shape);
        return Array.ConvertAll(sources, source => source == LayoutMap.Padding ? layer.Padding : joined[source]);
    }

    private static float[] ArgMax(float[] input, int candidates)
    {
        float[] output = new float[input.Length / candidates];
        for (int row = 0; row < output.Length; row++)
            for (int i = 1; i < candidates; i++)
                if (input[row * candidates + i] > input[row * candidates + (int)output[row]]) output[row] = i;
        return output;
    }
}
