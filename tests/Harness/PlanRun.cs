using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness.Dealers;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Sessions;

namespace Blindsight.Harness;

/// <summary>
/// Runs a plan between two engines in the test's process and compares every step's reconstructed output with the clear
/// reference run on that step's reconstructed inputs.
/// </summary>
internal static class PlanRun
{
    /// <summary>The largest difference from the clear reference by step, in units of the last place, and what the plan allows.</summary>
    public sealed record Agreement(ImmutableArray<(string Step, int Difference, int Allowed)> Steps, ImmutableArray<FloatTensor[]> Outputs)
    {
        /// <summary>Steps that deviate by more than the plan allows.</summary>
        public IEnumerable<string> Faults => Steps.Where(step => step.Difference > step.Allowed)
            .Select(step => $"{step.Step}: {step.Difference} units where {step.Allowed} are allowed");
    }

    /// <summary>With correlated OT and linear preparation from dealers.</summary>
    /// <param name="seed">Of the parties' own randomness; the dealers' stays the same.</param>
    public static Agreement WithDealers(QuantizedModel model, IReadOnlyList<FloatTensor[]> rows, ulong seed = 1)
    {
        DataFlow flow = new(model.Plan);
        Dictionary<int, uint[]> client = [], server = [];
        ImmutableArray<uint[]> inputs = Rows.Encode(model.Plan, rows);
        var result = TestParties.Run(
            party => Run(new Engine(party, flow, rows.Count, null, new DealtLinearPreparation(5, null)), client, inputs),
            party => Run(new Engine(party, flow, rows.Count, model, new DealtLinearPreparation(5, model)), server, inputs),
            seed: seed);
        return Compare(model, rows.Count, client, server, Rows.Decode(model.Plan, result.First, rows.Count));

        ImmutableArray<int[]> Run(Engine engine, Dictionary<int, uint[]> shares, ImmutableArray<uint[]> encoded)
        {
            engine.ShareObserver = (step, share) => shares[step] = [.. share];
            return engine.Run(engine.Prepare(null), encoded, new LayerCost[model.Plan.Steps.Length], null);
        }
    }

    /// <summary>Compares what both parties' observers saw, by step index.</summary>
    public static Agreement Compare(
        QuantizedModel model, int rows, Dictionary<int, uint[]> client, Dictionary<int, uint[]> server,
        ImmutableArray<FloatTensor[]> outputs)
    {
        InferencePlan plan = model.Plan;
        FixedPointReference reference = new(model);
        int[]?[] tensors = new int[plan.Tensors.Length][];
        List<(string, int, int)> differences = [];
        for (int index = 0; index < plan.Steps.Length; index++)
        {
            PlanStep step = plan.Steps[index];
            if (step.Writes < 0) continue;
            int[] actual = tensors[step.Writes] =
                TestParties.Reconstruct(client[index], server[index], plan.Tensors[step.Writes].RingBits);
            if (step is InputStep) continue;
            bool squares = true;
            int largest = 0, elements = plan.Tensors[step.Writes].Elements;
            for (int row = 0; row < rows; row++)
            {
                int[] expected = reference.RunStep(index, [.. step.Reads.Select(id => Row(tensors[id]!, row, plan.Tensors[id].Elements))]);
                for (int i = 0; i < elements; i++)
                    largest = Math.Max(largest, Distance(actual[row * elements + i], expected[i], plan.Tensors[step.Writes].RingBits));
                if (step is ActivationStep activation)
                    squares &= Admissible(model, index, activation, Row(tensors[step.Reads[0]]!, row, elements), Row(actual, row, elements));
            }
            differences.Add((step.Name, squares ? largest : int.MaxValue, step.DeviationMax(plan)));
        }
        return new Agreement([.. differences], outputs);
    }

    /// <summary>Tighter than the plan: each square is one of a neighbour of x / 2^InputShift, rounded to one of its neighbours.</summary>
    private static bool Admissible(QuantizedModel model, int index, ActivationStep step, int[] input, int[] output)
    {
        PlanTensor from = model.Plan.Tensors[step.Input], to = model.Plan.Tensors[step.Output];
        for (int i = 0; i < input.Length; i++)
        {
            int channel = i / (input.Length / step.Channels), offset = model.Offsets.GetValueOrDefault(index)?[channel] ?? 0;
            if (!step.IsSquare(channel)) continue;
            long lower = input[i] >> step.InputShift, upper = (input[i] + (1L << step.InputShift) - 1) >> step.InputShift;
            if (!Rounds(lower) && !Rounds(upper)) return false;

            bool Rounds(long q)
            {
                long square = step.Kinds[channel] == ActivationStep.NegatedSquare ? -q * q : q * q;
                int shift = step.SquareShift(channel, from, to);
                long floor = shift < 0 ? square << -shift : square >> shift;
                int above = Ring.Signed((uint)(output[i] - offset - floor), to.RingBits);
                return above == 0 || above == 1 && shift > 0;
            }
        }
        return true;
    }

    private static int[] Row(int[] tensor, int row, int elements) => tensor[(row * elements)..((row + 1) * elements)];

    private static int Distance(int a, int b, int bits) => Math.Abs(Ring.Signed((uint)(a - b), bits));
}
