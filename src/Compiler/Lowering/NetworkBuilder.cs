using System.Collections.Immutable;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Lowering;

/// <summary>Collects layers and values while a graph is lowered.</summary>
internal sealed class NetworkBuilder
{
    private readonly ImmutableArray<Layer>.Builder _layers = ImmutableArray.CreateBuilder<Layer>();
    private readonly ImmutableDictionary<int, NetworkValue>.Builder _values = ImmutableDictionary.CreateBuilder<int, NetworkValue>();

    /// <summary>Adds a layer whose output is a new value, and returns the value's id.</summary>
    /// <param name="layer">Makes the layer from the id of its output.</param>
    public int Add(string name, ImmutableArray<int> shape, Func<int, Layer> layer)
    {
        int id = _values.Count;
        _values.Add(id, new(name, shape));
        _layers.Add(layer(id));
        return id;
    }

    public NetworkValue this[int id] => _values[id];

    public Network Build(string name, ImmutableArray<PlanPort> inputs, ImmutableArray<NetworkOutput> outputs) =>
        new(name, inputs, outputs, _layers.ToImmutable(), _values.ToImmutable());
}
