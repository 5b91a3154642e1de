using Blindsight.Compiler.Plans;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>What each party does alone in an <see cref="ActivationStep"/>: copies, and the server's offsets and constants.</summary>
/// <param name="offsets">The server's, by channel; null at the client and where all are 0.</param>
internal sealed class LocalChannels(ActivationStep step, PlanTensor output, int rows, int[]? offsets)
{
    /// <param name="share">Of the input.</param>
    /// <param name="result">Holds squares and clamps already; other channels are zero.</param>
    public void Run(Party party, ReadOnlySpan<uint> share, Span<uint> result)
    {
        int positions = output.Elements / step.Channels;
        uint mask = Ring.Mask(output.RingBits);
        for (int i = 0, at = 0; i < rows * step.Channels; i++, at += positions)
        {
            int channel = i % step.Channels;
            if (step.Kinds[channel] == ActivationStep.Identity) share.Slice(at, positions).CopyTo(result[at..]);
            else if (step.Kinds[channel] != ActivationStep.Clamp && party.IsServer && offsets is not null)
                foreach (ref uint element in result.Slice(at, positions)) element = (element + (uint)offsets[channel]) & mask;
        }
    }
}

/// <summary>An <see cref="ActivationStep"/> of copies and constants.</summary>
internal sealed class CopyProtocol(ActivationStep step, PlanTensor output, int rows, bool knownOffline, int[]? offsets)
    : LocalProtocol(step, rows * output.Elements, knownOffline)
{
    private readonly LocalChannels _channels = new(step, output, rows, offsets);

    protected override uint[] Apply(Party party, Shares shares)
    {
        uint[] result = new uint[shares[step.Input].Length];
        _channels.Run(party, shares[step.Input], result);
        return result;
    }
}
