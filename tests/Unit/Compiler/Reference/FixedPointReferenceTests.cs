using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Reference;

public class FixedPointReferenceTests
{
    private static readonly FixedPointReference Reference = new(SamplePlan.CreateModel());

    [Fact]
    public void Linear_truncates_to_nearest_after_adding_bias_and_identity()
    {
        int[] input = [.. Enumerable.Range(0, 32).Select(i => i * 3 - 40)];
        int[] zero = new int[32];
        int[] atZero = Reference.RunStep(1, [zero, zero]), identity = Reference.RunStep(1, [zero, input]);
        Assert.Equal((100 + 128) >> 8, atZero[0]);
        Assert.Equal((63 + 256) >> 9, atZero[16]);
        for (int i = 0; i < 32; i++) Assert.Equal(4 * input[i], identity[i] - atZero[i]);
    }

    [Fact]
    public void Clamp_keeps_both_bounds() =>
        Assert.Equal([0, 0, 7, 1500, 1500, 0, 0, 0], Reference.RunStep(3, [[-5, 0, 7, 1500, 1501, 0, 0, 0]]));

    [Fact]
    public void Square_rounds_its_shift() => Assert.Equal([9, 1], Reference.RunStep(8, [[-96, 23]]));

    [Fact]
    public void ArgMax_takes_the_first_of_equals() => Assert.Equal([1], Reference.RunStep(12, [[3, 9, 9, 1]]));

    [Fact]
    public void MaxPool_takes_the_largest_of_each_window() =>
        Assert.Equal([5, 7, 13, 15, 21, 23, 29, 31], Reference.RunStep(2, [[.. Enumerable.Range(0, 32)]]));

    [Fact]
    public void Run_agrees_with_its_steps_and_applies_the_softmax()
    {
        FloatTensor input = new([2, 4, 4], [.. Enumerable.Range(0, 32).Select(i => (i % 7 - 3) * 0.25f)]);
        List<(int Step, int[] Elements)> seen = [];
        FloatTensor[] outputs = Reference.Run([input], (step, elements) => seen.Add((step, elements)));
        Assert.Equal(Reference.Plan.Steps.Length, seen.Count);
        Dictionary<int, int[]> tensors = [];
        foreach ((int step, int[] elements) in seen)
        {
            PlanStep planned = Reference.Plan.Steps[step];
            if (planned is not InputStep)
                Assert.Equal(elements, Reference.RunStep(step, [.. planned.Reads.Select(id => tensors[id])]));
            if (planned.Writes >= 0) tensors[planned.Writes] = elements;
        }
        Assert.Equal(1f, outputs[0].Data.Sum(), 4);
        Assert.Equal(tensors[12][0], outputs[1].Data[0]);
    }
}
