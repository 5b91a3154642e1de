using System.Collections.Immutable;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Passes;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Calibration;

/// <summary>What follows from a network's structure alone: signs, the rings in which each value is needed, shared scales.</summary>
internal sealed class NetworkFacts
{
    private readonly Dictionary<int, int> _group = [];

    public NetworkFacts(Network network)
    {
        Network = network;
        foreach (int id in network.Values.Keys) _group[id] = id;
        foreach (Layer layer in network.Layers) Forward(layer);
        foreach (NetworkOutput output in network.Outputs)
        {
            Narrow.Add(output.Value);
            Released.Add(output.Value);
        }
        foreach (Layer layer in network.Layers.Reverse()) Backward(layer);
    }

    public Network Network { get; }

    /// <summary>Values that cannot be negative.</summary>
    public HashSet<int> NonNegative { get; } = [];

    /// <summary>Values that some layer reads in the ring of 32 bits.</summary>
    public HashSet<int> Wide { get; } = [];

    /// <summary>Values that some layer reads in their own small ring, or that are opened.</summary>
    public HashSet<int> Narrow { get; } = [];

    /// <summary>Values of which two elements, or an element and a bound other than zero, are compared.</summary>
    public HashSet<int> Compared { get; } = [];

    /// <summary>Values that are squared.</summary>
    public HashSet<int> Squared { get; } = [];

    /// <summary>Plain sums that never leave the ring of 32 bits.</summary>
    public HashSet<int> StaysWide { get; } = [];

    /// <summary>Values whose elements reach the client, as they are or clamped or rearranged.</summary>
    public HashSet<int> Released { get; } = [];

    /// <summary>Values that a layer writes in the ring of 32 bits.</summary>
    public bool IsWrittenWide(int value) => StaysWide.Contains(value) || Network.Layers.Any(layer => layer is InputLayer && layer.Output == value);

    /// <summary>A number for all values that share one scale and width.</summary>
    public int Group(int value)
    {
        while (_group[value] != value) value = _group[value];
        return value;
    }

    /// <summary>The values of each group.</summary>
    public ILookup<int, int> Groups => Network.Values.Keys.Order().ToLookup(Group);

    /// <summary>Most bits that an element may have in a ring of <paramref name="ringBits"/>, so that every reader works.</summary>
    public int ValueBits(int value, int ringBits)
    {
        bool limited = !NonNegative.Contains(value) && (Compared.Contains(value) || Squared.Contains(value) || Wide.Contains(value) && !IsWrittenWide(value));
        return limited ? ringBits - 1 : ringBits;
    }

    private void Forward(Layer layer)
    {
        bool nonNegativeInputs = layer.Inputs.All(NonNegative.Contains);
        switch (layer)
        {
            case LinearLayer { IsPlainSum: true } when PlainSums.FeedsConvolutionsOnly(Network, layer.Output):
                StaysWide.Add(layer.Output);
                if (nonNegativeInputs) NonNegative.Add(layer.Output);
                break;
            case ClampLayer clamp:
                if (nonNegativeInputs || clamp.Low >= 0) NonNegative.Add(layer.Output);
                Share(layer);
                break;
            case ActivationLayer activation:
                if (activation.IsNonNegative(nonNegativeInputs)) NonNegative.Add(layer.Output);
                if (activation.KeepsScale) Share(layer);
                break;
            case ArgMaxLayer: NonNegative.Add(layer.Output); break;
            case MaxPoolLayer or LayoutLayer:
                if (nonNegativeInputs && layer is not LayoutLayer { Operation: PadLayout, Padding: < 0 }) NonNegative.Add(layer.Output);
                Share(layer);
                break;
        }
    }

    private HashSet<int>[] Reads(ActivationLayer layer) =>
    [
        Narrow, .. layer.SquareExponents.Any() ? [Squared] : (HashSet<int>[])[],
        .. layer.HasClamps && layer is not { Low: 0, High: float.PositiveInfinity } ? [Compared] : (HashSet<int>[])[],
    ];

    private void Share(Layer layer)
    {
        foreach (int input in layer.Inputs) _group[Group(input)] = Group(layer.Output);
    }

    private void Backward(Layer layer)
    {
        (HashSet<int>[] reads, bool passesOn) = layer switch
        {
            LinearLayer => ([Wide], false),
            ActivationLayer activation => (Reads(activation), activation.KeepsScale),
            ArgMaxLayer or MaxPoolLayer => ([Narrow, Compared], layer is MaxPoolLayer),
            ClampLayer { Low: 0, High: float.PositiveInfinity } => ([Narrow], true),
            ClampLayer => ((HashSet<int>[])[Narrow, Compared], true),
            _ => ([], true),
        };
        foreach (HashSet<int> set in reads) set.UnionWith(layer.Inputs);
        if (passesOn && Released.Contains(layer.Output)) Released.UnionWith(layer.Inputs);
        if (layer is not LayoutLayer) return;
        if (Wide.Contains(layer.Output)) Wide.UnionWith(layer.Inputs);
        if (Narrow.Contains(layer.Output)) Narrow.UnionWith(layer.Inputs);
    }
}
