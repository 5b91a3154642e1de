using System.Runtime.InteropServices;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>
/// The owner's split of a model: additive shares modulo 2^32 of weights, biases and offsets, the first server's being a seed of 32 bytes, the second's the
/// difference. Either alone is uniform.
/// </summary>
internal static class ModelShares
{
    private const string Label = "model share";

    /// <summary>The first server's share.</summary>
    public static WeightTensors First(InferencePlan plan, ReadOnlySpan<byte> seed) => WeightTensors.FromSeed(plan, seed, Label);

    /// <summary>The second server's share: the owner's work.</summary>
    /// <param name="seed">Uniform, <see cref="DealtStream.SeedBytes"/> long, used for nothing else.</param>
    public static WeightTensors Second(QuantizedModel model, ReadOnlySpan<byte> seed) =>
        WeightTensors.Of(model).Combine(First(model.Plan, seed), (weight, share) => weight - share);
}

/// <summary>The dealer's masks of a model's weights: each server expands its share from a seed that belongs to the model.</summary>
internal static class ModelMasks
{
    private const string Label = "weight mask";

    /// <summary>One server's share of the masks.</summary>
    public static WeightTensors Share(InferencePlan plan, ReadOnlySpan<byte> seed) => WeightTensors.FromSeed(plan, seed, Label);

    /// <summary>The masks themselves: the dealer's.</summary>
    public static WeightTensors Sum(InferencePlan plan, ReadOnlySpan<byte> firstSeed, ReadOnlySpan<byte> secondSeed) =>
        Share(plan, firstSeed).Combine(Share(plan, secondSeed), (first, second) => first + second);
}

/// <summary>
/// A model at one server, its weights W opened once as W - B. With B_i a server's share of B: an opened input meets <see cref="Share"/>, which is
/// B_i, and W - B besides at the first server; the share of an input's mask meets <see cref="Opened"/>.
/// </summary>
internal sealed class MaskedModel
{
    private MaskedModel(WeightTensors? opened, WeightTensors share, WeightTensors biases) =>
        (Opened, Share, Biases) = (opened, share, biases);

    /// <summary>W - B, the same at both servers; null where B is W and no dealer has to know it.</summary>
    public WeightTensors? Opened { get; }

    /// <summary>Shares of W.</summary>
    public WeightTensors Share { get; }

    /// <summary>Shares of biases and offsets.</summary>
    public WeightTensors Biases { get; }

    /// <summary>For servers that make products with their shares themselves: B is W, and nothing is opened.</summary>
    public static MaskedModel Unopened(WeightTensors weights) => new(null, weights, weights);

    /// <summary>Opens W - B: one message each way, once for each model and pair of mask seeds.</summary>
    public static MaskedModel Open(ServerParty party, InferencePlan plan, WeightTensors weights, WeightTensors masks)
    {
        WeightTensors mine = weights.Combine(masks, (weight, mask) => weight - mask, IsWeight);
        foreach ((int step, int term, _) in WeightTensors.Slots(plan).Where(slot => IsWeight(slot.Term)))
            party.Peer.Send(TwoServersTag.WeightOpening, MemoryMarshal.AsBytes<uint>(mine[step, term]));
        foreach ((int step, int term, int elements) in WeightTensors.Slots(plan).Where(slot => IsWeight(slot.Term)))
        {
            using Rented<uint> theirs = new(elements);
            party.Peer.Receive(TwoServersTag.WeightOpening, MemoryMarshal.AsBytes(theirs.Span));
            uint[] sum = mine[step, term];
            for (int i = 0; i < sum.Length; i++) sum[i] += theirs.Span[i];
        }
        WeightTensors share = masks.Combine(weights, (mask, _) => mask, IsWeight);
        if (party.IsFirst) share = mine.Combine(share, (opened, mask) => opened + mask);
        return new MaskedModel(mine, share, weights);
    }

    private static bool IsWeight(int term) => term != WeightTensors.Bias;
}
