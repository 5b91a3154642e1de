using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Reference;

public sealed class RoundingSpreadTests
{
    private const int Outputs = 4000;

    [Fact]
    public void One_truncation_strays_by_a_unit_in_a_quarter_of_its_elements()
    {
        (FixedPointReference reference, FloatTensor[] row) = Network(layers: 1);
        double unit = Math.ScaleB(1, -reference.Plan.Tensors[reference.Plan.Steps.OfType<OutputStep>().Single().Input].ScaleBits);
        double meanSquare = RoundingSpread.MeanSquare(reference, row, reference.Run(row), 1) / (unit * unit);
        Assert.InRange(meanSquare, 0.25 - 5 * Math.Sqrt(0.1875 / Outputs), 0.25 + 5 * Math.Sqrt(0.1875 / Outputs));
    }

    [Fact]
    public void A_layer_carries_on_what_the_one_before_strayed()
    {
        (FixedPointReference one, FloatTensor[] row) = Network(layers: 1);
        (FixedPointReference two, _) = Network(layers: 2);
        double Units(FixedPointReference reference) => RoundingSpread.MeanSquare(reference, row, reference.Run(row), 1)
            / Math.ScaleB(1, -2 * reference.Plan.Tensors[reference.Plan.Steps.OfType<OutputStep>().Single().Input].ScaleBits);
        Assert.True(Units(two) > 1.5 * Units(one));
    }

    [Fact]
    public void Comparisons_that_leave_out_bits_stray_more()
    {
        (FixedPointReference exact, FloatTensor[] row) = Network(layers: 2, dropped: 0);
        (FixedPointReference dropping, _) = Network(layers: 2, dropped: 8);
        double Spread(FixedPointReference reference) => RoundingSpread.MeanSquare(reference, row, reference.Run(row), 1);
        Assert.True(Spread(dropping) > 1.1 * Spread(exact));
    }

    [Fact]
    public void Squares_of_shorter_numbers_stray_more()
    {
        double Spread(string kinds, int inputShift)
        {
            QuantizedModel model = SmallPlan.OfManyTransfers(kinds);
            ActivationStep step = (ActivationStep)model.Plan.Steps[2] with { InputShift = inputShift };
            model = model with { Plan = model.Plan with { Steps = model.Plan.Steps.SetItem(2, step) } };
            FixedPointReference reference = new(model);
            FloatTensor[] row = SmallPlan.Images(1)[0];
            return RoundingSpread.MeanSquare(reference, row, reference.Run(row), 1);
        }
        double shorter = Spread("snsn", 6), longer = Spread("snsn", 1);
        Assert.True(shorter > 1.3 * longer, $"{shorter} and {longer}");
    }

    [Fact]
    public void A_number_decides_what_is_drawn()
    {
        (FixedPointReference reference, FloatTensor[] row) = Network(layers: 2);
        FloatTensor[] expected = reference.Run(row);
        double first = RoundingSpread.MeanSquare(reference, row, expected, 1);
        Assert.Equal(first, RoundingSpread.MeanSquare(reference, row, expected, 1));
        Assert.NotEqual(first, RoundingSpread.MeanSquare(reference, row, expected, 2));
        Assert.Equal(expected[0].Data, reference.Run(row)[0].Data);
    }

    private static (FixedPointReference Reference, FloatTensor[] Row) Network(int layers, int dropped = 0)
    {
        GraphBuilder builder = new(5);
        string x = builder.Input(1, 64);
        for (int layer = 1; layer < layers; layer++) x = builder.Relu(builder.Dense(x, 512));
        Graph graph = builder.Build(builder.Dense(x, Outputs));
        FloatTensor[][] rows = [.. Enumerable.Range(0, 4).Select(seed => GraphBuilder.RandomInputs(graph, seed))];
        QuantizedModel model = PlanCompiler.Compile(graph, rows, new CompileOptions { DroppedBitsMax = 0 }).Model;
        model = model with
        {
            Plan = model.Plan with { Steps = [.. model.Plan.Steps.Select(step => step is ClampStep clamp ? clamp with { DroppedBits = dropped } : step)] },
        };
        return (new(model), rows[0]);
    }
}
