using Blindsight.Training.Layers;
using Blindsight.Training.Networks;

namespace Blindsight.Training.Activations;

/// <summary>What stands before an activation, which decides what may take its place.</summary>
internal enum ActivationSource
{
    /// <summary>A convolution or dense layer with batch normalisation: scales fold into it, and inputs of squares stay in range.</summary>
    Normalised,

    /// <summary>The same with a pool between, through which scales do not pass.</summary>
    Pooled,

    /// <summary>A sum, or anything else: nothing normalises, and nothing takes a scale.</summary>
    Other,
}

/// <summary>The sources of a network's activations.</summary>
internal sealed class ActivationSources(Network network)
{
    private readonly int[] _uses = Uses(network);

    /// <summary>What stands before the activation at a node.</summary>
    /// <param name="linear">The value of the convolution or dense layer that has no normalisation yet, or 0.</param>
    public ActivationSource Of(NetworkNode activation, out int linear)
    {
        linear = 0;
        ActivationSource source = ActivationSource.Normalised;
        for (int value = activation.Inputs[0]; value > 0 && _uses[value] == 1; value = network.Nodes[value - 1].Inputs[0])
        {
            switch (network.Nodes[value - 1].Layer)
            {
                case MaxPoolLayer or AveragePoolLayer:
                    source = ActivationSource.Pooled;
                    continue;
                case BatchNormLayer:
                    int before = network.Nodes[value - 1].Inputs[0];
                    return before > 0 && _uses[before] == 1 && IsLinear(before) ? source : ActivationSource.Other;
            }
            if (!IsLinear(value)) break;
            linear = value;
            return source;
        }
        return ActivationSource.Other;
    }

    private bool IsLinear(int value) => network.Nodes[value - 1].Layer is ConvolutionLayer or DenseLayer;

    private static int[] Uses(Network network)
    {
        int[] uses = new int[network.Nodes.Count + 1];
        foreach (int input in network.Nodes.SelectMany(node => node.Inputs)) uses[input]++;
        return uses;
    }
}
