using System.Collections.Immutable;
using Blindsight.Arithmetic.Rings;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Deployments.TwoServers.Steps;

/// <summary>
/// A <see cref="LinearStep"/> with weights that neither server knows. With inputs opened as E = X - A and weights, once for each model, as
/// F = W - B, W X = E (F + B) + A F + C, C = A B from the source: each server takes its shares of B, A and C, and the first E F besides. Where the servers
/// make C themselves, B is W, F is nothing, and C may be wrong by what encryption adds. All but the first term is known before the input. Then both
/// truncate. No message travels here: E was opened when X was computed.
/// Source: Beaver (1991) for convolutions, the fixed operand opened once. Security: E and F are uniform. An output that is released needs no
/// further dither: its shares' low bits are uniform to the client, who holds none of them.
/// </summary>
/// <param name="truncates">Whether it does: not where accumulators are wanted as they are.</param>
internal sealed class LinearServerStep(LinearStep step, int index, InferencePlan plan, MaskedModel? model, bool truncates) : ServerStep(step)
{
    private readonly PlanTensor _output = plan.Tensors[step.Output];

    private bool HasConvolutions => step.Terms.Any(term => term is ConvolutionTerm);

    public override ImmutableArray<CorrelationShape> Shapes => HasConvolutions ? [new ProductShape(index, _output.Elements)] : [];

    /// <summary>A F + C and the biases.</summary>
    public override object Prepare(ICorrelationSource source, PreparedQuery query)
    {
        uint[] sum = HasConvolutions ? source.Take(new ProductShape(index, _output.Elements)).Consume() : new uint[_output.Elements];
        if (model!.Opened is { } opened) Convolve(tensor => query.Masks[tensor], opened, sum);
        uint[] biases = model.Biases[index, WeightTensors.Bias];
        int positions = sum.Length / biases.Length;
        for (int channel = 0; channel < biases.Length; channel++)
            foreach (ref uint element in sum.AsSpan(channel * positions, positions)) element += biases[channel];
        return sum;
    }

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        uint[] sum = (uint[])prepared!;
        Convolve(tensor => state.Opened[tensor], model!.Share, sum);
        LocalTerms.Add(step, tensor => state.Shares[tensor], sum);
        int positions = sum.Length / step.ChannelShifts.Length;
        for (int channel = 0; channel < step.ChannelShifts.Length && truncates; channel++)
            Truncation.Run(party.IsFirst, sum.AsSpan(channel * positions, positions), step.ChannelShifts[channel], _output.RingBits);
        state.Shares[step.Output] = sum;
    }

    private void Convolve(Func<int, uint[]> input, WeightTensors weights, uint[] sum)
    {
        if (!HasConvolutions) return;
        using Rented<uint> rented = new(sum.Length);
        Span<uint> product = rented.Span;
        for (int term = 0; term < step.Terms.Length; term++)
        {
            if (step.Terms[term] is not ConvolutionTerm convolution) continue;
            RingConvolution.Convolve(convolution.Geometry, input(convolution.Input), weights[index, term], product);
            for (int i = 0; i < sum.Length; i++) sum[i] += product[i];
        }
    }
}
