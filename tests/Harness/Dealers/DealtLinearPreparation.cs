using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Sessions;

namespace Blindsight.Harness.Dealers;

/// <summary>
/// The ideal functionality of the linear layers' offline phase, without error and without traffic: both ends draw masks and
/// the client's share from one seed; the server's end, which holds the weights, computes its own.
/// </summary>
internal sealed class DealtLinearPreparation(ulong seed, QuantizedModel? model) : ILinearPreparation
{
    private readonly Prg _prg = Prg.Derive([], "dealt linear layers", seed);

    public RequestSchedule Schedule => RequestSchedule.None;

    public LinearShares Run(Party party, DataFlow flow, int rows, Action<string> report)
    {
        Dictionary<int, uint[]> masks = [], products = [];
        foreach (PlanTensor tensor in flow.Plan.Tensors.Where(tensor => flow.Opened(tensor.Id)))
        {
            uint[] mask = masks[tensor.Id] = new uint[rows * tensor.Elements];
            _prg.Fill<uint>(mask);
            foreach (var (step, term, geometry) in flow.Convolutions(tensor.Id))
            {
                if (!products.TryGetValue(step, out uint[]? product))
                    product = products[step] = new uint[rows * geometry.OutElements];
                uint[] share = new uint[geometry.OutElements];
                for (int row = 0; row < rows; row++)
                {
                    Span<uint> to = product.AsSpan(row * geometry.OutElements, geometry.OutElements);
                    _prg.Fill<uint>(share);
                    if (!party.IsServer)
                    {
                        for (int i = 0; i < share.Length; i++) to[i] += share[i];
                        continue;
                    }
                    uint[] exact = new uint[geometry.OutElements];
                    RingConvolution.Convolve(geometry, mask.AsSpan(row * tensor.Elements, tensor.Elements),
                        model!.Linear[step].Weights[term], exact);
                    for (int i = 0; i < share.Length; i++) to[i] += exact[i] - share[i];
                }
            }
        }
        return new LinearShares(party.IsServer ? new Dictionary<int, uint[]>() : masks, products, new Dictionary<int, PhaseCost>());
    }

    public void Dispose() => _prg.Dispose();
}
