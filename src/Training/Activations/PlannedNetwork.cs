using System.Collections.Immutable;
using Blindsight.Training.Checkpoints;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;

namespace Blindsight.Training.Activations;

/// <summary>A network with its activations, between stages.</summary>
internal sealed class PlannedNetwork
{
    private readonly Parameter[] _parameters;

    public PlannedNetwork(Network network)
    {
        Network = network;
        Sites = ActivationSites.Of(network);
        _parameters = [.. network.Parameters];
    }

    public Network Network { get; }
    public ActivationSites Sites { get; }

    /// <summary>Takes over kinds and weights of a network of the same model.</summary>
    public void CopyFrom(PlannedNetwork other)
    {
        SetKinds(other.Sites.Kinds());
        for (int i = 0; i < _parameters.Length; i++) other._parameters[i].Values.CopyTo(_parameters[i].Values, 0);
    }

    /// <summary>Replaces what is new in a choice of kinds.</summary>
    public void Apply(ImmutableArray<ImmutableArray<ActivationKind>> chosen, ChannelEstimate[][] estimates, float rangePenalty)
    {
        for (int site = 0; site < chosen.Length; site++)
        {
            ChannelActivationLayer layer = Sites.All[site].Layer;
            layer.RangePenalty = rangePenalty;
            for (int channel = 0; channel < chosen[site].Length; channel++)
            {
                ActivationKind kind = chosen[site][channel];
                if (kind == layer.Kinds[channel]) continue;
                ChannelEstimate estimate = estimates[site][channel];
                layer.Replace(channel, kind, estimate[kind]!.Coefficients, estimate.Range);
            }
        }
    }

    /// <summary>Ends all transitions.</summary>
    public void Settle()
    {
        foreach (ActivationSite site in Sites.All) site.Layer.Settle();
    }

    public void Save(string path, byte[] identity) => File(path, identity, KindsAsNumbers()).Save(default);

    /// <summary>Loads what Save wrote; false where there is nothing.</summary>
    public bool Load(string path, byte[] identity)
    {
        float[] kinds = KindsAsNumbers();
        if (File(path, identity, kinds).Load() is null) return false;
        int at = 0;
        SetKinds([.. Sites.All.Select(site => site.Layer.Kinds.ToArray().Select(_ => (ActivationKind)(int)kinds[at++]).ToImmutableArray())]);
        return true;
    }

    private Checkpoint File(string path, byte[] identity, float[] kinds) =>
        new(path, identity, [kinds, .. _parameters.Select(parameter => parameter.Values)]);

    private float[] KindsAsNumbers() => [.. Sites.Kinds().SelectMany(kinds => kinds).Select(kind => (float)(int)kind)];

    private void SetKinds(ImmutableArray<ImmutableArray<ActivationKind>> kinds)
    {
        for (int site = 0; site < kinds.Length; site++) Sites.All[site].Layer.SetKinds(kinds[site].AsSpan());
    }
}
