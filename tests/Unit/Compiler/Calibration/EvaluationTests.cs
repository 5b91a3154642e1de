using System.Collections.Immutable;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Calibration;

public class EvaluationTests
{
    private static (Graph, FloatTensor[][], CompiledModel) Compile(CompileOptions options)
    {
        GraphBuilder b = new(3);
        string x = b.Relu(b.Convolution(b.Input(1, 2, 6, 6), 4, 3));
        Graph graph = b.Build(b.Dense(b.Flatten(x), 5));
        FloatTensor[][] rows = [.. Enumerable.Range(0, 40).Select(i => GraphBuilder.RandomInputs(graph, i))];
        return (graph, rows, PlanCompiler.Compile(graph, rows, options));
    }

    [Fact]
    public void Fine_plans_agree_and_every_step_is_measured()
    {
        (Graph graph, FloatTensor[][] rows, CompiledModel compiled) = Compile(new());
        EvaluationReport report = Evaluation.Run(graph, compiled.Model, rows, null);
        Assert.InRange(report.Agreement, 0.95, 1);
        Assert.Null(report.FloatAccuracy);
        Assert.Equal(["input", "linear", "relu", "linear"], report.Steps.Select(step => step.Kind));
        Assert.InRange(report.Worst!.RelativeError, 1e-6, 0.01);
    }

    [Theory]
    [InlineData(16, 3, 3)]
    [InlineData(16, 2, 0)]
    [InlineData(16, 0, 0)]
    [InlineData(14, 3, 1)]
    [InlineData(17, 3, 0)]
    public void Comparisons_leave_out_what_exceeds_whole_digits(int widthBits, int bitsMax, int expected)
    {
        (Graph graph, _, CompiledModel compiled) = Compile(new() { WidthBits = widthBits, DroppedBitsMax = bitsMax });
        Assert.Equal(expected, compiled.Plan.Steps.OfType<ClampStep>().Single().DroppedBits);
        Assert.Equal(PlanSerializer.Hash(compiled.Plan), PlanSerializer.Hash(PlanCompiler.Quantize(graph, compiled.Plan).Plan));
        string details = PlanTable.Rows(compiled.Plan).Single(row => row.Kind == "relu").Details;
        Assert.Equal(expected == 0 ? "" : $"compares without {expected} low bits", details);
    }

    [Fact]
    public void Comparisons_are_exact_where_leaving_out_bits_would_show()
    {
        CompiledModel coarse = Compile(new() { WidthBits = 16, WidthBitsMax = 16, GuardBits = 8 }).Item3;
        Assert.Equal(0, coarse.Plan.Steps.OfType<ClampStep>().Single().DroppedBits);
    }

    [Fact]
    public void Damaged_weights_show_as_the_worst_step()
    {
        (Graph graph, FloatTensor[][] rows, CompiledModel compiled) = Compile(new());
        int last = compiled.Model.Linear.Keys.Max();
        QuantizedLinear linear = compiled.Model.Linear[last];
        QuantizedModel damaged = compiled.Model with
        {
            Linear = compiled.Model.Linear.SetItem(last, linear with { Bias = Array.ConvertAll(linear.Bias, bias => bias * 3 + 5000) }),
        };
        EvaluationReport report = Evaluation.Run(graph, damaged, rows, [.. rows.Select(_ => 0)]);
        Assert.Equal(compiled.Plan.Steps[last].Name, report.Worst!.Name);
        Assert.NotNull(report.FixedAccuracy);
    }

    [Fact]
    public void Labels_alone_are_compared_as_labels()
    {
        (Graph graph, FloatTensor[][] rows, CompiledModel compiled) = Compile(new() { Release = "label" });
        Assert.InRange(Evaluation.Run(graph, compiled.Model, rows, null).Agreement, 0.95, 1);
    }

    [Fact]
    public void The_table_has_a_row_for_every_step()
    {
        ImmutableArray<PlanRow> rows = PlanTable.Rows(SamplePlan.Create());
        Assert.Equal(16, rows.Length);
        Assert.Equal("convolution 3 x 3, 2 to 2 + identity, drops 8 to 9 bits", rows[1].Details);
        Assert.Equal(("clamp", "0 to 5.859", 16), (rows[3].Kind, rows[3].Details, rows[3].RingBits));
        Assert.Equal("then Softmax by the client", rows[15].Details);
    }
}
