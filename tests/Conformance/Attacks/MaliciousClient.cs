using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Harness.Dealers;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Inference.Sessions;

namespace Blindsight.Conformance.Attacks;

/// <summary>
/// A client that follows the protocol but for its own shares, which it may change as it likes: the server cannot tell. What it adds to the opening of a
/// tensor is added to the tensor; what it adds to its share of a linear layer's result is added to that result. After Lehmkuhl et al., "Muse" (2021).
/// </summary>
internal sealed class MaliciousClient(QuantizedModel model)
{
    private readonly DataFlow _flow = new(model.Plan);

    /// <summary>Inferences that were made so far.</summary>
    public int Queries { get; private set; }

    /// <summary>Asks the same input several times, with changes of its own for each.</summary>
    /// <param name="shifts">By query: what to add to which element of which tensor, that is opened or a linear layer's result.</param>
    /// <returns>By query the opened elements of the first output.</returns>
    public int[][] Ask(FloatTensor[] input, IReadOnlyList<Shift[]> shifts)
    {
        InferencePlan plan = model.Plan;
        Queries += shifts.Count;
        FloatTensor[][] rows = [.. Enumerable.Repeat(input, shifts.Count)];
        ImmutableArray<uint[]> encoded = Rows.Encode(plan, rows);
        var result = TestParties.Run(
            party => Run(party, null, new Cheat(new DealtLinearPreparation(5, null), shares => Change(shares, shifts)), encoded, rows.Length),
            party => Run(party, model, new DealtLinearPreparation(5, model), encoded, rows.Length));
        int elements = result.First[0].Length / rows.Length;
        return [.. Enumerable.Range(0, rows.Length).Select(row => result.First[0][(row * elements)..((row + 1) * elements)])];
    }

    private ImmutableArray<int[]> Run(Party party, QuantizedModel? weights, ILinearPreparation linear, ImmutableArray<uint[]> encoded, int rows)
    {
        Engine engine = new(party, _flow, rows, weights, linear);
        return engine.Run(engine.Prepare(null), encoded, new LayerCost[_flow.Plan.Steps.Length], null);
    }

    private void Change(LinearShares shares, IReadOnlyList<Shift[]> shifts)
    {
        for (int row = 0; row < shifts.Count; row++)
            foreach (Shift shift in shifts[row])
            {
                int at = row * _flow.Plan.Tensors[shift.Tensor].Elements + shift.Element, step = _flow.Producer(shift.Tensor);
                if (_flow.Opened(shift.Tensor)) shares.Masks[shift.Tensor][at] -= (uint)shift.By;
                else shares.Products[step][at] += (uint)shift.By << ((LinearStep)_flow.Plan.Steps[step]).ChannelShifts[shift.Element];
            }
    }

    /// <summary>What is added to an element.</summary>
    internal readonly record struct Shift(int Tensor, int Element, int By);

    private sealed class Cheat(ILinearPreparation honest, Action<LinearShares> change) : ILinearPreparation
    {
        public RequestSchedule Schedule => honest.Schedule;

        public LinearShares Run(Party party, DataFlow flow, int rows, Action<string> report)
        {
            LinearShares shares = honest.Run(party, flow, rows, report);
            change(shares);
            return shares;
        }

        public void Dispose() => honest.Dispose();
    }
}
