using System.Collections.Immutable;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers.Steps;

/// <summary>A step by the protocol of a client and a server, the first server being the server; its material comes without a dealer.</summary>
internal sealed class TransferServerStep(PlanStep step, StepProtocol protocol, int index, InferencePlan plan, MaskedModel? model) : ServerStep(step)
{
    private readonly TransferShape _shape = new(protocol);

    public override ImmutableArray<CorrelationShape> Shapes => [_shape];

    public override void Run(Script script) => protocol.Run(script);

    public override object Prepare(ICorrelationSource source, PreparedQuery query) => source.Take(_shape);

    public override void Run(ServerParty party, object? prepared, QueryState state)
    {
        TransferMaterial material = ((Correlation<TransferMaterial>)prepared!).Consume();
        protocol.Run(material.Party, material.Prepared, state.Shares);
        if (Step is not ActivationStep activation) return;
        uint[] offsets = model!.Biases[index, WeightTensors.Bias];
        ActivationServerStep.AddOffsets(activation, plan.Tensors[activation.Output], offsets, state.Shares[activation.Output]);
    }
}
