using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Leveled;

/// <summary>Writes a network as a <see cref="LeveledProgram"/> in one packing.</summary>
/// <param name="gather">Whether the client lays out windows of a first convolution rather than the input itself, so that it takes no rotations.</param>
/// <param name="refresh">Whether the holder of the key applies activations and maxima.</param>
/// <param name="entries">Whether matrices are filled; without them a program tells its depth only.</param>
internal sealed partial class LeveledBuilder(
    Network network, IReadOnlyDictionary<int, ValueRange> ranges, double headroom, int slots, int images, bool gather, bool refresh = false,
    bool entries = true)
{
    /// <summary>Squares of squares double their exponent each time: beyond it, what is there of them drowns in noise.</summary>
    private const int SquareExponentMax = 100;

    private readonly ImmutableArray<LeveledValue>.Builder _values = ImmutableArray.CreateBuilder<LeveledValue>();
    private readonly ImmutableArray<LeveledStep>.Builder _steps = ImmutableArray.CreateBuilder<LeveledStep>();
    private readonly ImmutableArray<LeveledInput>.Builder _inputs = ImmutableArray.CreateBuilder<LeveledInput>();
    private readonly Dictionary<int, MappedValue> _mapped = [];
    private readonly Dictionary<int, int> _gatheredPeriods = [];

    /// <exception cref="GraphException">A layer is no polynomial.</exception>
    public LeveledProgram Build(InputCard card)
    {
        foreach (Layer layer in network.Layers) _mapped[layer.Output] = Write(layer);
        ImmutableArray<LeveledOutput> outputs =
            [.. network.Outputs.Select(output => new LeveledOutput(output.Port, Plain(output.Value, output.Port.Name), output.PostOperation))];
        if (refresh) Settle(outputs);
        return new(network.Name, card, _inputs.ToImmutable(), _values.ToImmutable(), _steps.ToImmutable(), outputs);
    }

    private MappedValue Write(Layer layer)
    {
        int elements = network.Values[layer.Output].Elements;
        switch (layer)
        {
            case InputLayer input:
                return Input(input, elements);
            case LinearLayer { Terms: [SumPoolFloatTerm pool] } sum when sum.Bias.All(bias => bias == 0):
                return Summed(pool, _mapped[pool.Input], elements);
            case LinearLayer linear:
                return Linear(linear, elements);
            case LayoutLayer layout:
                int[] sources = LayoutMap.Sources(
                    layout.Operation, [.. layout.Sources.Select(id => network.Values[id].Shape)], network.Values[layout.Output].Shape);
                return MappedValue.Rearrange([.. layout.Sources.Select(id => _mapped[id])], sources, layout.Padding);
            case ClampLayer or ActivationLayer when _refreshed.Contains(layer):
                return _mapped[layer.Inputs[0]];
            case ClampLayer or ActivationLayer when refresh:
                return Refresh(layer, layer.Inputs[0], 1, [.. Enumerable.Range(0, elements)], layer);
            case MaxPoolLayer pool when refresh:
                return Refresh(layer, pool.Input, pool.Geometry.KernelHeight * pool.Geometry.KernelWidth, MatrixEntries.Windows(pool.Geometry),
                    OnlyActivation(pool.Output));
            case ActivationLayer { HasClamps: false } activation:
                return Activation(activation, elements);
            default:
                throw new GraphException(layer.Name, "", $"{Kind(layer)} is not a polynomial, and leveled encryption computes nothing else: "
                    + "'blindsight plan' can replace activations");
        }
    }

    private static string Kind(Layer layer) => layer switch
    {
        ClampLayer or ActivationLayer => "a ReLU or clip",
        MaxPoolLayer => "a maximum",
        ArgMaxLayer => "the index of the largest element",
        _ => layer.GetType().Name,
    };

    /// <summary>The input itself, or for every row of the convolution that alone reads it, the elements of the row's window, tap by tap.</summary>
    private MappedValue Input(InputLayer input, int elements)
    {
        PlanPort port = network.Inputs[input.Index];
        if (gather && OnlyReader(input.Output) is { } term)
        {
            ConvolutionFloatTerm convolution = term;
            SlotLayout rows = new(slots, images, convolution.Geometry.OutElements);
            int period = rows.Period * rows.Blocks;
            int[] sources = new int[convolution.Geometry.FanIn * period];
            sources.AsSpan().Fill(-1);
            MatrixEntries.Taps(convolution, (row, column, tap, _) => sources[tap * period + row] = column);
            _inputs.Add(new(port, Value(input.Name, sources.Length, 0, ExponentOf(input.Output)), sources));
            _gatheredPeriods[input.Output] = period;
        }
        else _inputs.Add(new(port, Value(input.Name, elements, 0, ExponentOf(input.Output)), [.. Enumerable.Range(0, elements)]));
        return MappedValue.Of(_inputs[^1].Value, elements);
    }

    /// <summary>The convolution that alone reads an input, if that is all that does.</summary>
    private ConvolutionFloatTerm? OnlyReader(int input)
    {
        if (network.Outputs.Any(output => output.Value == input)) return null;
        Layer[] readers = [.. network.Layers.Where(layer => layer.Inputs.Contains(input))];
        return readers is [LinearLayer { Terms: [ConvolutionFloatTerm term] }] ? term : null;
    }

    private MappedValue Linear(LinearLayer layer, int elements)
    {
        int positions = elements / layer.Channels;
        float[] bias = [.. Enumerable.Range(0, elements).Select(element => layer.Bias[element / positions])];
        SlotLayout to = new(slots, images, elements);
        int exponent = ExponentOf(layer.Output);
        SortedDictionary<int, DiagonalMatrix> matrices = [];
        DiagonalMatrix Matrix(int value) =>
            matrices.TryGetValue(value, out DiagonalMatrix? matrix) ? matrix : matrices[value] = new(_values[value].Layout, to);
        foreach (FloatTerm term in layer.Terms)
        {
            if (term is ConvolutionFloatTerm gathered && _gatheredPeriods.TryGetValue(term.Input, out int period))
            {
                int value = _mapped[term.Input].Parts[0].Value;
                DiagonalMatrix matrix = Matrix(value);
                float unit = Unit(value);
                if (entries) MatrixEntries.Taps(gathered, (row, _, tap, weight) => matrix.Add(row, tap * period + row, weight * unit));
                continue;
            }
            MappedValue input = _mapped[term.Input];
            (DiagonalMatrix Matrix, MappedPart Part, float Unit)[] parts = [.. input.Parts.Select(part => (Matrix(part.Value), part, Unit(part.Value)))];
            if (entries) MatrixEntries.Of(term, elements, (row, column, weight) =>
            {
                bias[row] += weight * input.Constants[column];
                foreach ((DiagonalMatrix matrix, MappedPart part, float unit) in parts)
                    matrix.Add(row, part.Sources[column], weight * part.Factors[column] * unit);
            });
        }
        int depth = 1 + matrices.Keys.Max(value => _values[value].Depth);
        int output = Value(layer.Name, elements, depth, exponent);
        foreach (ref float number in bias.AsSpan()) number = MathF.ScaleB(number, -exponent);
        _steps.Add(new LeveledLinear(layer.Name, [.. matrices.Select(matrix => new LeveledTerm(matrix.Key, matrix.Value, Baby(matrix.Value)))], bias, output));
        return MappedValue.Of(output, elements);

        float Unit(int value) => MathF.ScaleB(1, _values[value].Exponent - exponent);
    }

    /// <summary>Sums of windows: left to whatever reads them.</summary>
    private static MappedValue Summed(SumPoolFloatTerm pool, MappedValue input, int elements)
    {
        List<List<(int Column, float Weight)>> rows = [.. Enumerable.Range(0, elements).Select(_ => new List<(int, float)>())];
        MatrixEntries.Of(pool, elements, (row, column, weight) => rows[row].Add((column, weight)));
        float[] constants = [.. rows.Select(row => row.Sum(entry => entry.Weight * input.Constants[entry.Column]))];
        List<MappedPart> parts = [];
        foreach (MappedPart part in input.Parts)
            for (int k = 0; k < rows.Max(row => row.Count); k++)
                parts.Add(new(part.Value, [.. rows.Select(row => k < row.Count ? part.Sources[row[k].Column] : 0)],
                    [.. rows.Select(row => k < row.Count ? part.Factors[row[k].Column] * row[k].Weight : 0)]));
        return new(parts, constants);
    }

    /// <summary>The square of everything, and what the channels are in terms of that, of the operand and of nothing.</summary>
    private MappedValue Activation(ActivationLayer layer, int elements)
    {
        int operand = Plain(layer.Input, layer.Name), positions = elements / layer.Channels;
        List<MappedPart> parts = [];
        int[] same = [.. Enumerable.Range(0, elements)];
        if (layer.SquareExponents.Any())
        {
            LeveledValue input = _values[operand];
            if (Math.Abs(2 * input.Exponent) > SquareExponentMax)
                throw new GraphException(layer.Name, "",
                    $"numbers up to 2^{2 * input.Exponent}: too many squares follow one another without a linear layer between");
            int square = Value(layer.Name, elements, input.Depth + 1, 2 * input.Exponent);
            _steps.Add(new LeveledSquare(layer.Name, operand, square));
            parts.Add(new(square, same, Factors(channel => layer.Kinds[channel] switch
            {
                ActivationStep.Square => (float)Math.ScaleB(1, layer.Exponents[channel]),
                ActivationStep.NegatedSquare => -(float)Math.ScaleB(1, layer.Exponents[channel]),
                _ => 0,
            })));
        }
        if (layer.Kinds.Contains(ActivationStep.Identity))
            parts.Add(new(operand, same, Factors(channel => layer.Kinds[channel] == ActivationStep.Identity ? 1 : 0)));
        return new(parts, Factors(channel => layer.Kinds[channel] == ActivationStep.Identity ? 0 : layer.Offsets[channel]));

        float[] Factors(Func<int, float> of) => [.. same.Select(element => of(element / positions))];
    }

    /// <summary>The program's value that is this one; where none is, a step by a matrix of its own makes it.</summary>
    private int Plain(int id, string name)
    {
        MappedValue value = _mapped[id];
        if (value.IsPlain && _values[value.Parts[0].Value].Layout.Elements == value.Elements) return value.Parts[0].Value;
        LinearLayer copy = new(name, [new IdentityFloatTerm(id)], new float[1], id);
        return (_mapped[id] = Linear(copy, value.Elements)).Parts[0].Value;
    }

    private int Value(string name, int elements, int depth, int exponent)
    {
        _values.Add(new(name, new(slots, images, elements), depth, exponent));
        return _values.Count - 1;
    }

    /// <summary>Of a value of the network: above the largest element of calibration by the headroom.</summary>
    private int ExponentOf(int id) => Math.ILogB(Math.Max(ranges[id].Largest * headroom, 1e-30)) + 1;

    /// <summary>The power of two that takes the fewest rotations; one of the operand counts half, since several share their digits.</summary>
    private static int Baby(DiagonalMatrix matrix)
    {
        int best = 1;
        double least = double.MaxValue;
        for (int baby = 1; baby <= Math.Min(matrix.From.Period, matrix.To.Period); baby *= 2)
        {
            int size = baby;
            int operand = matrix.Diagonals.Keys.Select(place => (place.From, place.Shift & (size - 1))).Distinct().Count(rotation => rotation.Item2 != 0);
            int sums = matrix.Diagonals.Keys.Select(place => (place.To, place.Shift & -size)).Distinct().Count(rotation => rotation.Item2 != 0);
            if (0.5 * operand + sums < least) (least, best) = (0.5 * operand + sums, baby);
        }
        return best;
    }
}
