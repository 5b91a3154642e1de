using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Passes;

/// <summary>max(clamp(x)) = clamp(max(x)): fewer elements are clamped.</summary>
internal static class PoolBeforeClamp
{
    public static Network Run(Network network)
    {
        Dictionary<int, int> uses = network.CountUses();
        Dictionary<int, Layer> producers = network.Producers();
        foreach (MaxPoolLayer pool in network.Layers.OfType<MaxPoolLayer>())
        {
            if (producers[pool.Input] is not ClampLayer clamp || uses[pool.Input] != 1) continue;
            NetworkValue pooled = network.Values[pool.Output];
            (Network next, int id) = network.AddValue(pooled.Name + ".max", pooled.Shape);
            return next.Replace(clamp).Replace(pool,
                pool with { Input = clamp.Input, Output = id }, clamp with { Input = id, Output = pool.Output });
        }
        return network;
    }
}
