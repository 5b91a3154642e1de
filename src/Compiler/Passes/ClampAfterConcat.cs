using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Passes;

/// <summary>concat(clamp(a), clamp(b)) = clamp(concat(a, b)): branches share the rounds of one clamp.</summary>
internal static class ClampAfterConcat
{
    public static Network Run(Network network)
    {
        Dictionary<int, int> uses = network.CountUses();
        Dictionary<int, Layer> producers = network.Producers();
        foreach (LayoutLayer concat in network.Layers.OfType<LayoutLayer>().Where(layer => layer.Operation is ConcatLayout))
        {
            ClampLayer?[] clamps = [.. concat.Sources.Select(id => uses[id] == 1 ? producers[id] as ClampLayer : null)];
            if (clamps[0] is not { } first || !clamps.All(clamp => clamp?.Low == first.Low && clamp.High == first.High)) continue;
            NetworkValue joined = network.Values[concat.Output];
            (Network next, int id) = network.AddValue(joined.Name + ".joined", joined.Shape);
            foreach (ClampLayer? clamp in clamps) next = next.Replace(clamp!);
            return next.Replace(concat,
                concat with { Sources = [.. clamps.Select(clamp => clamp!.Input)], Output = id },
                first with { Input = id, Output = concat.Output });
        }
        return network;
    }
}
