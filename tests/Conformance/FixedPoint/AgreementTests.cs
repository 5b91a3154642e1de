using System.Diagnostics;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.FixedPoint;

/// <summary>
/// The fixed-point reference names the same class as ONNX Runtime on at least 99 % of the test images, calibrated on
/// training images alone. BLINDSIGHT_LONG=1 runs the full counts: 1,000 digits and 500 pictures.
/// </summary>
public class AgreementTests(ITestOutputHelper output)
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("BLINDSIGHT_LONG") == "1";

    public static TheoryData<string> DigitNames => [.. PublicModel.DigitModels.Select(model => model.Name)];
    public static TheoryData<string> PictureNames => [.. PublicModel.PictureModels.Select(model => model.Name)];
    public static TheoryData<string> PhotoNames => [.. PublicModel.PhotoModels.Select(model => model.Name)];
    public static TheoryData<string> FeatureNames => [.. PublicModel.FeatureModels.Select(model => model.Name)];

    [DataTheory]
    [MemberData(nameof(DigitNames))]
    public void Digits_get_the_class_that_ONNX_Runtime_names(string name) => Check(name, 100, Long ? 1000 : 200, 0.99);

    [DataTheory]
    [MemberData(nameof(PictureNames))]
    public void Pictures_get_the_class_that_ONNX_Runtime_names(string name) => Check(name, Long ? 40 : 16, Long ? 500 : 25, Long ? 0.99 : 0.96);

    [DataTheory]
    [MemberData(nameof(PhotoNames))]
    public void Photos_get_the_class_that_ONNX_Runtime_names(string name) => Check(name, Long ? 8 : 4, Long ? 32 : 4, Long ? 0.95 : 0.75);

    [DataTheory]
    [MemberData(nameof(FeatureNames))]
    public void Features_get_nearly_the_values_of_ONNX_Runtime(string name) => Check(name, 128, 128, 0.96);

    private void Check(string name, int calibrationRows, int testRows, double agreementMin)
    {
        PublicModel model = PublicModel.Named(name);
        Graph graph = model.Load();
        Stopwatch clock = Stopwatch.StartNew();
        FloatTensor[][] calibration = model.Rows(graph, test: false, 0, calibrationRows);
        CompiledModel compiled = PlanCompiler.Compile(graph, calibration, new() { Card = model.Card });
        double compileSeconds = clock.Elapsed.TotalSeconds;
        CheckQuantize(graph, compiled);
        clock.Restart();
        FloatTensor[][] rows = model.Rows(graph, test: true, model.FirstTestRow, testRows);
        FixedPointReference reference = new(compiled.Model);
        SampleSet expected = model.ExpectedOutputs();
        bool[] same = new bool[rows.Length];
        double[] errors = new double[rows.Length];
        Parallel.For(0, rows.Length, i =>
        {
            float[] wanted = expected.Row(model.FirstTestRow + i), actual = reference.Run(rows[i])[0].Data;
            same[i] = Array.IndexOf(wanted, wanted.Max()) == Array.IndexOf(actual, actual.Max());
            errors[i] = wanted.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max() / wanted.Max(Math.Abs);
        });
        double agreement = same.Average(value => value ? 1.0 : 0);
        string widths = string.Join(" ",
            compiled.Plan.Tensors.Where(t => t.RingBits < 32).GroupBy(t => t.RingBits).OrderBy(g => g.Key).Select(g => $"{g.Key}:{g.Count()}"));
        output.WriteLine($"{name}: {agreement:p1} of {rows.Length}, largest error {errors.Max():p2}, on calibration {compiled.OutputError:p3}; "
            + $"widths {widths}; {compileSeconds:f1} s to compile, {clock.Elapsed.TotalSeconds:f1} s to run");
        Assert.InRange(agreement, agreementMin, 1);
    }

    /// <summary>The owner of the model finds the same integers again from the plan's bytes.</summary>
    private static void CheckQuantize(Graph graph, CompiledModel compiled)
    {
        QuantizedModel again = PlanCompiler.Quantize(graph, PlanSerializer.Deserialize(PlanSerializer.Serialize(compiled.Plan)));
        foreach ((int step, QuantizedLinear linear) in compiled.Model.Linear)
        {
            Assert.Equal(linear.Bias, again.Linear[step].Bias);
            for (int t = 0; t < linear.Weights.Length; t++)
                Assert.True(linear.Weights[t].AsSpan().SequenceEqual(again.Linear[step].Weights[t]));
        }
    }
}
