using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Passes;

/// <summary>Removes layers that no output depends on; inputs stay, since the client gives them.</summary>
internal static class RemoveDeadLayers
{
    public static Network Run(Network network)
    {
        HashSet<int> live = [.. network.Outputs.Select(output => output.Value)];
        foreach (Layer layer in network.Layers.Reverse())
            if (live.Contains(layer.Output)) live.UnionWith(layer.Inputs);
        Layer[] layers = [.. network.Layers.Where(layer => layer is InputLayer || live.Contains(layer.Output))];
        HashSet<int> written = [.. layers.Select(layer => layer.Output)];
        if (layers.Length == network.Layers.Length && written.Count == network.Values.Count) return network;
        return network with
        {
            Layers = [.. layers],
            Values = network.Values.RemoveRange(network.Values.Keys.Where(id => !written.Contains(id))),
        };
    }
}
