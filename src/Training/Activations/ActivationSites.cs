using System.Collections.Immutable;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;

namespace Blindsight.Training.Activations;

/// <summary>One activation of a network.</summary>
/// <param name="Input">The value that it reads, as <see cref="Network.ValueOf"/> counts.</param>
/// <param name="Output">The value that it writes.</param>
internal sealed record ActivationSite(ChannelActivationLayer Layer, int Input, int Output);

/// <summary>The activations of a network whose channels can be chosen, in its order.</summary>
internal sealed class ActivationSites
{
    private ActivationSites(ImmutableArray<ActivationSite> all) => All = all;

    public ImmutableArray<ActivationSite> All { get; }

    public static ActivationSites Of(Network network) => new(
    [
        .. network.Nodes.Select((node, index) => (node, index)).Where(at => at.node.Layer is ChannelActivationLayer)
            .Select(at => new ActivationSite((ChannelActivationLayer)at.node.Layer, at.node.Inputs[0], at.index + 1)),
    ]);

    /// <summary>Every channel's kind, by site.</summary>
    public ImmutableArray<ImmutableArray<ActivationKind>> Kinds() => [.. All.Select(site => site.Layer.Kinds.ToImmutableArray())];
}
