using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers.Steps;

/// <summary>An <see cref="ExtendStep"/>: one opening, or nothing where the shares have 32 bits already.</summary>
internal sealed class ExtendServerStep(ExtendStep step, int elements, int ringBits, bool signed, bool isHeldWide) : ServerStep(step)
{
    private readonly WideningShape _shape = new(elements, ringBits, Squares: false);

    public override ImmutableArray<CorrelationShape> Shapes => isHeldWide ? [] : [_shape];

    public override OpeningCost Cost => isHeldWide ? default : Widening.Cost(_shape);

    public override object? Prepare(ICorrelationSource source, PreparedQuery query) => isHeldWide ? null : source.Take(_shape);

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        uint[] share = state.Shares[step.Input], wide = [.. share];
        if (prepared is Correlation<WideningShares> correlation) Widening.Run(party, _shape, Widening.Offset(ringBits, signed), correlation, share, wide);
        state.Shares[step.Output] = wide;
    }
}
