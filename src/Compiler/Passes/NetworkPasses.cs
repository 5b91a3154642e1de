using Blindsight.Compiler.Lowering;

namespace Blindsight.Compiler.Passes;

/// <summary>
/// All passes, repeated until none finds anything more to do. Every one keeps the function that the network computes, up
/// to rounding, and removes a layer or moves it where a protocol runs it more cheaply.
/// </summary>
internal static class NetworkPasses
{
    private static readonly Func<Network, Network>[] Passes =
    [
        SimplifyLayouts.Run, MergeIdentities.Run, FoldScalesIntoProducers.Run, FoldScalesIntoConsumers.Run,
        LiftAffines.Run, ClampAfterConcat.Run, PoolBeforeClamp.Run, PlainSums.Run, RemoveDeadLayers.Run,
    ];

    public static Network Run(Network network)
    {
        for (Network before = network; ; before = network)
        {
            foreach (Func<Network, Network> pass in Passes) network = Repeat(pass, network);
            if (ReferenceEquals(before, network)) return network;
        }
    }

    private static Network Repeat(Func<Network, Network> pass, Network network)
    {
        for (Network next = pass(network); !ReferenceEquals(next, network); next = pass(network)) network = next;
        return network;
    }
}
