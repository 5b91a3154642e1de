using System.Collections.Immutable;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>
/// A graph as the layers that protocols know, still with float weights: what passes simplify, calibration measures and
/// the plan is written from. Shapes are without batch. Immutable: a pass returns a new network.
/// </summary>
/// <param name="Layers">In topological order.</param>
/// <param name="Values">By value id.</param>
internal sealed record Network(
    string Name, ImmutableArray<PlanPort> Inputs, ImmutableArray<NetworkOutput> Outputs,
    ImmutableArray<Layer> Layers, ImmutableDictionary<int, NetworkValue> Values)
{
    /// <summary>How often each value is read, by layers and as an output.</summary>
    public Dictionary<int, int> CountUses()
    {
        Dictionary<int, int> uses = Values.Keys.ToDictionary(id => id, _ => 0);
        foreach (int id in Layers.SelectMany(layer => layer.Inputs).Concat(Outputs.Select(output => output.Value))) uses[id]++;
        return uses;
    }

    /// <summary>The layer that writes each value.</summary>
    public Dictionary<int, Layer> Producers() => Layers.ToDictionary(layer => layer.Output);

    /// <summary>The network with one layer replaced by others at its place.</summary>
    public Network Replace(Layer layer, params ReadOnlySpan<Layer> replacements)
    {
        int at = Layers.IndexOf(layer);
        return this with { Layers = Layers.RemoveAt(at).InsertRange(at, replacements.ToArray()) };
    }

    /// <summary>The network with every read of one value turned into a read of another.</summary>
    public Network Redirect(int from, int to) => this with
    {
        Layers = [.. Layers.Select(layer => layer.Inputs.Contains(from) ? layer.WithInputs(id => id == from ? to : id) : layer)],
        Outputs = [.. Outputs.Select(output => output.Value == from ? output with { Value = to } : output)],
    };

    /// <summary>The network with a new value, and the value's id.</summary>
    public (Network Network, int Id) AddValue(string name, ImmutableArray<int> shape)
    {
        int id = Values.Keys.Max() + 1;
        return (this with { Values = Values.Add(id, new(name, shape)) }, id);
    }
}

/// <summary>A tensor between layers.</summary>
internal sealed record NetworkValue(string Name, ImmutableArray<int> Shape)
{
    public int Elements => Shape.Aggregate(1, (product, size) => checked(product * size));
}

/// <summary>A value that the client learns, and what it does with it.</summary>
internal sealed record NetworkOutput(PlanPort Port, int Value, PostOperation PostOperation);
