using Blindsight.Arithmetic;
using Blindsight.Compiler;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Leveled;

public sealed class LeveledCompilerTests
{
    [Theory]
    [InlineData(1024, 1, false)]
    [InlineData(1024, 1, true)]
    [InlineData(1024, 4, false)]
    [InlineData(1024, 4, true)]
    [InlineData(256, 64, false)]
    [InlineData(64, 64, false)]
    [InlineData(64, 64, true)]
    public void Every_packing_computes_the_graph(int slots, int images, bool gather)
    {
        Graph graph = Polynomials.OfEveryKind();
        LeveledProgram program = Build(graph, slots, images, gather);
        FloatTensor[][] rows = Polynomials.Images(graph, Math.Min(images, 3)), results = SlotMachine.Run(program, rows);
        for (int image = 0; image < rows.Length; image++)
        {
            FloatTensor[] expected = FloatReference.Run(graph, rows[image]);
            for (int o = 0; o < expected.Length; o++)
                for (int e = 0; e < expected[o].Data.Length; e++) Assert.Equal(expected[o].Data[e], results[image][o].Data[e], 1e-4);
        }
    }

    [Theory]
    [InlineData(1024, 1, false)]
    [InlineData(1024, 4, true)]
    [InlineData(64, 64, false)]
    public void With_refreshes_every_packing_computes_exact_activations(int slots, int images, bool gather)
    {
        Graph graph = Polynomials.WithExactActivations();
        LeveledProgram program = Build(graph, slots, images, gather, refresh: true);
        FloatTensor[][] rows = Polynomials.Images(graph, Math.Min(images, 3)), results = SlotMachine.Run(program, rows);
        for (int image = 0; image < rows.Length; image++)
        {
            FloatTensor[] expected = FloatReference.Run(graph, rows[image]);
            for (int o = 0; o < expected.Length; o++)
                for (int e = 0; e < expected[o].Data.Length; e++) Assert.Equal(expected[o].Data[e], results[image][o].Data[e], 1e-4);
        }
    }

    [Fact]
    public void A_maximum_and_the_ReLU_behind_it_are_one_refresh_and_every_segment_is_one_matrix_deep()
    {
        LeveledProgram program = Build(Polynomials.WithExactActivations(), 1024, 1, gather: false, refresh: true);
        Assert.Equal(6, program.Steps.Count(step => step is LeveledRefresh));
        Assert.DoesNotContain(program.Steps, step => step is LeveledSquare);
        Assert.Equal(LeveledProgram.FineLevel - 1, program.Depth);
        foreach (LeveledRefresh refresh in program.Steps.OfType<LeveledRefresh>())
            Assert.All(refresh.Operands, operand => Assert.InRange(program.LevelOf(operand), 1, 2));
    }

    [Fact]
    public void Neither_layouts_nor_activations_by_channel_nor_pools_take_levels()
    {
        LeveledProgram program = Build(Polynomials.OfEveryKind(), 1024, 1, gather: false);
        Assert.Equal(5, program.Depth);
        Assert.Equal(3, program.Steps.Count(step => step is LeveledLinear));
        Assert.Equal(2, program.Steps.Count(step => step is LeveledSquare));
    }

    [Fact]
    public void Windows_laid_out_by_the_client_need_no_rotation_of_the_input()
    {
        static IEnumerable<int> Babies(LeveledProgram program) => ((LeveledLinear)program.Steps[0]).Terms[0] is var term
            ? term.Matrix.Diagonals.Keys.Select(place => place.Shift) : [];
        Assert.Contains(Babies(Build(Polynomials.Small(), 1024, 1, gather: false)), shift => shift != 0);
        Assert.DoesNotContain(Babies(Build(Polynomials.Small(), 1024, 1, gather: true)), shift => shift != 0);
    }

    [Fact]
    public void One_element_a_ciphertext_needs_no_rotation() =>
        Assert.Empty(Build(Polynomials.OfEveryKind(), 64, 64, gather: false).Rotations);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(16, 100)]
    [InlineData(100, 16)]
    [InlineData(7, 64)]
    [InlineData(200, 150)]
    public void Diagonals_multiply_any_shape(int rows, int columns)
    {
        const int Slots = 64;
        Random random = new(rows);
        DiagonalMatrix matrix = new(new(Slots, 1, columns), new(Slots, 1, rows));
        float[,] weights = new float[rows, columns];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                matrix.Add(row, column, weights[row, column] = random.NextSingle() - 0.5f);
        float[] x = [.. Enumerable.Range(0, columns).Select(_ => random.NextSingle())];
        LeveledProgram program = new("", InputCard.None, [new(new("x", [columns]), 0, [.. Enumerable.Range(0, columns)])],
            [new("x", matrix.From, 0, 0), new("y", matrix.To, 1, 0)], [new LeveledLinear("y", [new(0, matrix, 1)], new float[rows], 1)],
            [new(new("y", [rows]), 1, new(PostOperationKind.None))]);
        float[] y = SlotMachine.Run(program, [[new([columns], x)]])[0][0].Data;
        for (int row = 0; row < rows; row++)
            Assert.Equal(Enumerable.Range(0, columns).Sum(column => weights[row, column] * x[column]), y[row], 1e-4);
        int shifts = Math.Min(matrix.From.Period, matrix.To.Period);
        Assert.All(matrix.Diagonals.Keys, place => Assert.InRange(place.Shift, 0, shifts - 1));
    }

    [Fact]
    public void What_is_no_polynomial_is_refused_by_name()
    {
        GraphBuilder builder = new(1);
        string x = builder.Input(1, 4), relu = builder.Relu(builder.Dense(x, 4));
        GraphException fault = Assert.Throws<GraphException>(() => Build(builder.Build(builder.Dense(relu, 2)), 64, 1, gather: false));
        Assert.Contains(relu, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Squares_of_squares_that_would_drown_are_refused_by_name()
    {
        GraphBuilder builder = new(1);
        string x = builder.Dense(builder.Input(1, 4), 4);
        for (int i = 0; i < 8; i++) x = builder.Binary(BinaryKind.Mul, x, x);
        GraphException fault = Assert.Throws<GraphException>(() => Build(builder.Build(builder.Dense(x, 2)), 64, 1, gather: false));
        Assert.Contains("squares", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_images_pay_where_many_are_wanted()
    {
        Graph graph = Polynomials.Small();
        LeveledProgram Chosen(int batch) => LeveledCompiler.Compile(
            graph, Polynomials.Images(graph, 4), InputCard.None, new() { Batch = batch }, _ => 8192, new CountedCost());
        Assert.Equal(1, Chosen(1).Images);
        Assert.Equal(4096, Chosen(4096).Images);
    }

    [Fact]
    public void Weights_that_do_not_fit_the_memory_are_refused()
    {
        Graph graph = Polynomials.Small();
        Assert.Throws<ParameterException>(() => LeveledCompiler.Compile(graph, Polynomials.Images(graph, 4), InputCard.None,
            new() { EncryptedWeights = true, WeightBytesMax = 1000 }, _ => 8192, new CountedCost()));
    }

    private static LeveledProgram Build(Graph graph, int slots, int images, bool gather, bool refresh = false)
    {
        Network network = PlanCompiler.Lower(graph, "logits").Network;
        return new LeveledBuilder(network, ValueRanges.Measure(network, Polynomials.Images(graph, 8), null), 4, slots, images, gather, refresh)
            .Build(InputCard.None);
    }

    /// <summary>Every operation takes a second.</summary>
    private sealed class CountedCost : ILeveledCost
    {
        public double Seconds(LeveledOperation operation, int slots, int level) => 1;

        public long WeightBytes(bool encrypted, int slots, int level) => 1000;
    }
}
