using Blindsight.Arithmetic;
using Blindsight.Compiler;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Calibration;

public class PlanCompilerTests
{
    private static Graph Network(int seed)
    {
        GraphBuilder b = new(seed);
        string x = b.MaxPool(b.Relu(b.BatchNormalization(b.Convolution(b.Input(1, 3, 12, 12), 8, 3, pad: 1))), 2, 2);
        string y = b.Relu(b.Binary(BinaryKind.Add, x, b.Convolution(x, 8, 3, pad: 1)));
        string wide = b.Convolution(y, 8, 1);
        string squares = b.Add(new UnaryOperator(UnaryKind.Square), b.Shape(wide), wide);
        string leaky = b.Add(new LeakyReluOperator(0.2f), b.Shape(squares), b.Convolution(squares, 8, 3, pad: 1));
        string clipped = b.Add(new ClipOperator(-0.5f, 6), b.Shape(leaky), b.Convolution(leaky, 8, 1));
        return b.Build(b.Dense(b.Flatten(b.AveragePool(clipped, 3)), 10));
    }

    private static FloatTensor[][] Samples(Graph graph, int count) => [.. Enumerable.Range(0, count).Select(i => GraphBuilder.RandomInputs(graph, i))];

    [Fact]
    public void Exact_plans_compare_every_bit_and_others_name_their_protocol()
    {
        Graph graph = Network(1);
        foreach ((string deployment, string comparison) in new[] { ("client-server", "garbled"), ("two-servers", "sonic") })
        {
            InferencePlan exact = PlanCompiler.Compile(graph, Samples(graph, 4), new() { Deployment = deployment, Comparison = comparison }).Plan;
            Assert.Equal(comparison, exact.Comparison);
            Assert.All(exact.Steps.OfType<ClampStep>(), step => Assert.Equal(0, step.DroppedBits));
            Assert.All(exact.Steps.OfType<MaxPoolStep>(), step => Assert.Equal(0, step.DroppedBits));
        }
        Assert.Contains("'guess'", Assert.Throws<ParameterException>(
            () => PlanCompiler.Compile(graph, Samples(graph, 4), new() { Comparison = "guess" })).Message);
    }

    [Fact]
    public void Between_two_servers_widths_are_the_narrowest_that_the_tolerance_allows()
    {
        Graph graph = Network(1);
        CompiledModel Compile(CompileOptions options) =>
            PlanCompiler.Compile(graph, Samples(graph, 20), options with { Deployment = DeploymentKinds.TwoServers, Comparison = ComparisonKinds.Tables });
        CompiledModel exact = Compile(new() { DroppedBitsMax = 0 }), fine = Compile(new()), coarse = Compile(new() { ErrorMax = 0.03 });
        Assert.True(coarse.OutputError is > 0.004 and <= 0.03 && fine.OutputError <= 0.004 && exact.OutputError < fine.OutputError);
        Assert.Equal(16, Width(exact));
        Assert.True(Width(coarse) <= Width(fine) && Width(fine) < 16);
        Assert.True(Shift(coarse) < Shift(fine) && Shift(fine) < Shift(exact));

        static int Width(CompiledModel compiled) => compiled.Plan.Steps.OfType<LinearStep>().Min(step => compiled.Plan.Tensors[step.Output].RingBits);
        static int Shift(CompiledModel compiled) => compiled.Plan.Steps.OfType<LinearStep>().Max(step => step.ChannelShifts.Max());
    }

    [Fact]
    public void A_compiled_network_computes_what_the_graph_does()
    {
        Graph graph = Network(1);
        CompiledModel compiled = PlanCompiler.Compile(graph, Samples(graph, 20), new());
        Assert.InRange(compiled.OutputError, 0, 0.004);
        FixedPointReference reference = new(compiled.Model);
        Network network = GraphLowering.Lower(graph, false);
        for (int seed = 100; seed < 110; seed++)
        {
            FloatTensor[] inputs = GraphBuilder.RandomInputs(graph, seed);
            float[] expected = NetworkExecutor.Run(network, inputs)[0], actual = reference.Run(inputs)[0].Data;
            float largest = expected.Max(Math.Abs);
            for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i] - expected[i], -0.02f * largest, 0.02f * largest);
        }
    }

    [Fact]
    public void Every_tensor_keeps_its_stated_range_and_sign()
    {
        Graph graph = Network(2);
        CompiledModel compiled = PlanCompiler.Compile(graph, Samples(graph, 20), new());
        new FixedPointReference(compiled.Model).Run(Samples(graph, 1)[0], (step, elements) =>
        {
            if (compiled.Plan.Steps[step].Writes < 0) return;
            PlanTensor tensor = compiled.Plan.Tensors[compiled.Plan.Steps[step].Writes];
            int limit = tensor.ValueBits == 32 ? int.MaxValue : 1 << (tensor.ValueBits - 1);
            Assert.All(elements, element => Assert.InRange(element, tensor.NonNegative ? 0 : -limit, limit - 1));
        });
    }

    [Fact]
    public void Quantize_recomputes_the_weights_from_model_and_plan()
    {
        Graph graph = Network(3);
        CompiledModel compiled = PlanCompiler.Compile(graph, Samples(graph, 5), new());
        InferencePlan received = PlanSerializer.Deserialize(PlanSerializer.Serialize(compiled.Plan));
        QuantizedModel model = PlanCompiler.Quantize(graph, received);
        Assert.Equal(compiled.Model.Linear.Keys.Order(), model.Linear.Keys.Order());
        foreach ((int step, QuantizedLinear linear) in compiled.Model.Linear)
        {
            Assert.Equal(linear.Bias, model.Linear[step].Bias);
            Assert.Equal(linear.Weights.SelectMany(term => term), model.Linear[step].Weights.SelectMany(term => term));
        }
    }

    [Fact]
    public void Compilation_is_deterministic()
    {
        Graph graph = Network(4);
        Assert.Equal(PlanSerializer.Hash(PlanCompiler.Compile(graph, Samples(graph, 9), new()).Plan),
            PlanSerializer.Hash(PlanCompiler.Compile(graph, Samples(graph, 9), new()).Plan));
    }

    [Fact]
    public void A_plan_of_another_model_is_refused_with_the_step()
    {
        Graph graph = Network(5);
        GraphBuilder b = new(5);
        Graph other = b.Build(b.Dense(b.Flatten(b.Relu(b.Convolution(b.Input(1, 3, 12, 12), 8, 3))), 10));
        InferencePlan plan = PlanCompiler.Compile(graph, Samples(graph, 2), new()).Plan;
        Assert.Contains("does not belong", Assert.Throws<ParameterException>(() => PlanCompiler.Quantize(other, plan)).Message);
        InferencePlan changed = plan with { Inputs = [plan.Inputs[0] with { Name = "x" }] };
        Assert.Contains("does not belong", Assert.Throws<ParameterException>(() => PlanCompiler.Quantize(graph, changed)).Message);
    }

    [Fact]
    public void Release_of_the_label_opens_an_arg_max_alone()
    {
        GraphBuilder b = new(6);
        string logits = b.Dense(b.Input(1, 20), 10);
        Graph graph = b.Build(b.Add(new SoftmaxOperator(1, false, false), [1, 10], logits));
        CompiledModel label = PlanCompiler.Compile(graph, Samples(graph, 10), new() { Release = "label" });
        CompiledModel open = PlanCompiler.Compile(graph, Samples(graph, 10), new());
        Assert.Single(label.Plan.Steps.OfType<ArgMaxStep>());
        Assert.DoesNotContain(label.Plan.Steps, step => step is LinearStep { Released: true });
        FloatTensor[] row = GraphBuilder.RandomInputs(graph, 77);
        float[] probabilities = new FixedPointReference(open.Model).Run(row)[0].Data;
        Assert.Equal(1, probabilities.Sum(), 3);
        Assert.Equal(Array.IndexOf(probabilities, probabilities.Max()), new FixedPointReference(label.Model).Run(row)[0].Data[0]);
        Assert.NotNull(PlanCompiler.Quantize(graph, label.Plan));
    }

    [Fact]
    public void A_tensor_with_several_readers_is_extended_once()
    {
        GraphBuilder b = new(7);
        string x = b.Relu(b.Convolution(b.Input(1, 2, 4, 4), 2, 1));
        string slice = b.Add(new SliceOperator([0, 0, 0, 0], [1, 1, 2, 2]), [1, 2, 2, 2], x);
        Graph graph = b.Build(b.Binary(BinaryKind.Add, b.Convolution(x, 2, 2, stride: 2), slice), b.Convolution(x, 1, 1));
        InferencePlan plan = PlanCompiler.Compile(graph, Samples(graph, 3), new()).Plan;
        Assert.Single(plan.Steps.OfType<ExtendStep>());
    }

    [Fact]
    public void Inputs_that_are_compared_first_are_reduced()
    {
        GraphBuilder b = new(8);
        Graph graph = b.Build(b.Dense(b.Flatten(b.MaxPool(b.Input(1, 2, 4, 4), 2, 2)), 3));
        InferencePlan plan = PlanCompiler.Compile(graph, Samples(graph, 3), new()).Plan;
        Assert.Single(plan.Steps.OfType<ReduceStep>());
    }

    [Fact]
    public void Weights_that_fit_nothing_are_refused_with_the_layer()
    {
        GraphBuilder b = new(9);
        string x = b.Relu(b.Dense(b.Input(1, 4), 4));
        float[] weights = [1e9f, 1e-9f, 1e9f, 1e-9f, 1e9f, -1e-9f, 1e9f, 1e-9f];
        string y = b.Add(new MatMulOperator(), [1, 2], x, b.Constant([4, 2], weights));
        Graph graph = b.Build(b.Binary(BinaryKind.Mul, y, b.Constant([2], [1e-30f, 1e30f])));
        Assert.NotNull(PlanCompiler.Compile(graph, Samples(graph, 3), new()).Plan);
        CompileOptions noisy = new() { NoiseBound = (_, _, _, _, _) => 1e9 };
        Assert.Contains("MatMul", Assert.Throws<ParameterException>(() => PlanCompiler.Compile(graph, Samples(graph, 3), noisy)).Message);
    }

    [Theory]
    [InlineData(11, 24, 1)]
    [InlineData(16, 25, 1)]
    [InlineData(16, 24, 9)]
    public void Options_out_of_range_are_refused(int width, int widthMax, int guard)
    {
        GraphBuilder b = new(10);
        Graph graph = b.Build(b.Dense(b.Input(1, 4), 4));
        Assert.Throws<ParameterException>(() => PlanCompiler.Compile(
            graph, Samples(graph, 1), new() { WidthBits = width, WidthBitsMax = widthMax, GuardBits = guard }));
    }

    [Fact]
    public void Softmax_in_the_middle_is_refused_by_name()
    {
        GraphBuilder b = new(11);
        string x = b.Add(new SoftmaxOperator(1, false, false), [1, 4], b.Dense(b.Input(1, 4), 4));
        Graph graph = b.Build(b.Dense(x, 4));
        GraphException refusal = Assert.Throws<GraphException>(() => PlanCompiler.Compile(graph, Samples(graph, 1), new()));
        Assert.Contains("Softmax", refusal.Node);
        Assert.Contains("supported are", refusal.Message);
    }
}
