using System.Collections.Immutable;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Protocols;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Attacks;

/// <summary>
/// What a malicious client learns of the weights of Sonic's M1 (784, 128, 128 and 10, committed), measured: all of the last layer, weight by weight, from
/// one query for each of its inputs; the layer before from a query for each input and five of its outputs. Not an accident of this implementation but
/// what additive shares without authentication allow; see decision 0021.
/// </summary>
public sealed class WeightExtractionTests(ITestOutputHelper output)
{
    /// <summary>Hidden units that are read at once: half as many as there are logits, so that these tell them apart.</summary>
    private const int Group = 5;

    private readonly QuantizedModel _model = M1();

    [Fact]
    public void The_last_layer_is_read_off_exactly()
    {
        MaliciousClient client = new(_model);
        (LinearStep _, int _, short[] weights) = Layer(2);
        int[,] read = LastLayer(client);
        int inputs = read.GetLength(1), exact = 0;
        for (int row = 0; row < read.GetLength(0); row++)
            for (int column = 0; column < inputs; column++)
            {
                Assert.InRange(read[row, column] - weights[row * inputs + column], -2, 2);
                if (read[row, column] == weights[row * inputs + column]) exact++;
            }
        output.WriteLine($"{weights.Length} weights in {client.Queries} queries, {exact} of them exactly, the others within two units of up to "
            + $"{weights.Max(Math.Abs)}");
        Assert.Equal(inputs + 1, client.Queries);
        Assert.True(exact > 0.7 * weights.Length);
    }

    [Fact]
    public void So_is_the_layer_before_with_its_ReLUs_held_open()
    {
        MaliciousClient client = new(_model);
        int[,] last = LastLayer(client);
        (LinearStep middle, int operand, short[] weights) = Layer(1);
        (LinearStep final, int _, short[] _) = Layer(2);
        int hidden = last.GetLength(1), inputs = weights.Length / hidden, logits = last.GetLength(0), before = client.Queries;
        int high = 1 << (_model.Plan.Tensors[middle.Output].RingBits - 2);
        MaliciousClient.Shift[] pins =
            [.. Enumerable.Range(0, hidden).Select(unit => new MaliciousClient.Shift(middle.Output, unit, unit < Group ? high : -high))];
        int[][] answers = client.Ask(Input(),
            [.. Enumerable.Range(-1, inputs + 1).Select(i => i < 0 ? pins
                : (MaliciousClient.Shift[])[.. pins, new(operand, i, 1 << middle.ChannelShifts.Min())])]);
        double[][] system = [.. Enumerable.Range(0, logits).Select(
            logit => Enumerable.Range(0, Group).Select(unit => Math.ScaleB(last[logit, unit], -final.ChannelShifts[logit])).ToArray())];
        double errors = 0, squares = 0;
        for (int column = 0; column < inputs; column++)
        {
            double[] changes = [.. Enumerable.Range(0, logits).Select(logit => (double)Difference(answers, column + 1, logit))];
            double[] units = Solve(system, changes);
            for (int unit = 0; unit < Group; unit++)
            {
                double weight = weights[unit * inputs + column], read = Math.ScaleB(units[unit], middle.ChannelShifts[unit] - middle.ChannelShifts.Min());
                (errors, squares) = (errors + Math.Pow(read - weight, 2), squares + weight * weight);
            }
        }
        output.WriteLine($"{Group * inputs} weights in {client.Queries - before} queries, rms error {Math.Sqrt(errors / squares):p2} of theirs");
        Assert.InRange(Math.Sqrt(errors / squares), 0, 0.02);
    }

    /// <summary>A query for each input of the layer, which a share too large by a power of two makes larger by that.</summary>
    private int[,] LastLayer(MaliciousClient client)
    {
        const int FinerBits = 2;
        (LinearStep step, int operand, short[] weights) = Layer(2);
        int rows = step.ChannelShifts.Length, inputs = weights.Length / rows, least = step.ChannelShifts.Min();
        int[][] answers = client.Ask(Input(), [.. Enumerable.Range(-1, inputs + 1).Select(
            i => i < 0 ? Array.Empty<MaliciousClient.Shift>() : [new(operand, i, 1 << least + FinerBits)])]);
        int[,] read = new int[rows, inputs];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < inputs; column++)
                read[row, column] = (int)Math.Round(Math.ScaleB(Difference(answers, column + 1, row), step.ChannelShifts[row] - least - FinerBits));
        return read;
    }

    /// <summary>Of an answer and the unchanged one, modulo the output's ring.</summary>
    private int Difference(int[][] answers, int query, int element)
    {
        int bits = _model.Plan.Tensors[_model.Plan.Steps.OfType<OutputStep>().Single().Input].RingBits;
        return Ring.Signed((uint)(answers[query][element] - answers[0][element]), bits);
    }

    private (LinearStep Step, int Operand, short[] Weights) Layer(int number)
    {
        ImmutableArray<PlanStep> steps = _model.Plan.Steps;
        int index = Enumerable.Range(0, steps.Length).Where(i => steps[i] is LinearStep).ElementAt(number);
        LinearStep step = (LinearStep)steps[index];
        return (step, step.Terms.OfType<ConvolutionTerm>().Single().Input, _model.Linear[index].Weights[0]);
    }

    private FloatTensor[] Input() => [.. _model.Plan.Inputs.Select(port => new FloatTensor(port.Shape, new float[FloatTensor.Count(port.Shape)]))];

    private static QuantizedModel M1()
    {
        Graph graph = OnnxImporter.Load(CommittedAssets.File("sonic", "m1.onnx"));
        InputCard card = ModelCard.Read(CommittedAssets.File("networks", "mnist.yaml"));
        SampleSet digits = SampleReader.Read(CommittedAssets.File("demo", "calibration-images.idx3-ubyte.gz"));
        FloatTensor[][] rows = [.. Enumerable.Range(0, 32).Select(
            row => new[] { Preprocessing.Apply(digits, row, card, graph.Shapes[graph.Inputs[0]]) })];
        return PlanCompiler.Compile(graph, rows, new CompileOptions { Card = card }).Model;
    }

    /// <summary>The solution of the normal equations, by elimination.</summary>
    private static double[] Solve(double[][] system, double[] right)
    {
        int unknowns = system[0].Length;
        double[,] normal = new double[unknowns, unknowns + 1];
        for (int row = 0; row < unknowns; row++)
            for (int equation = 0; equation < system.Length; equation++)
            {
                for (int column = 0; column < unknowns; column++) normal[row, column] += system[equation][row] * system[equation][column];
                normal[row, unknowns] += system[equation][row] * right[equation];
            }
        for (int pivot = 0; pivot < unknowns; pivot++)
            for (int row = 0; row < unknowns; row++)
            {
                if (row == pivot) continue;
                double factor = normal[row, pivot] / normal[pivot, pivot];
                for (int column = pivot; column <= unknowns; column++) normal[row, column] -= factor * normal[pivot, column];
            }
        return [.. Enumerable.Range(0, unknowns).Select(row => normal[row, unknowns] / normal[row, row])];
    }
}
