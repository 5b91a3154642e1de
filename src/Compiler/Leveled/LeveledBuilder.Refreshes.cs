using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Leveled;

/// <content>What the holder of the key does, and the levels between its turns.</content>
internal sealed partial class LeveledBuilder
{
    /// <summary>Activations that were done with the maximum before them.</summary>
    private readonly HashSet<Layer> _refreshed = [];

    /// <summary>The activation that alone reads a value, if that is all that does: it is applied in the same turn.</summary>
    private Layer? OnlyActivation(int value)
    {
        if (network.Outputs.Any(output => output.Value == value)) return null;
        Layer[] readers = [.. network.Layers.Where(layer => layer.Inputs.Contains(value))];
        return readers is [ClampLayer or ActivationLayer] ? readers[0] : null;
    }

    /// <summary>A turn of the key's holder: maxima of windows, then an activation.</summary>
    /// <param name="windows">For each element of the first window, then of the second, and so on, the element of the input, or -1.</param>
    /// <param name="activation">Null for none.</param>
    private MappedValue Refresh(Layer layer, int input, int window, int[] windows, Layer? activation)
    {
        if (activation is not null) _refreshed.Add(activation);
        int written = activation?.Output ?? layer.Output, elements = windows.Length / window;
        (ImmutableArray<int> operands, int[] sources) = Operands(input, layer.Name, zeros: window == 1);
        LeveledFunction function = activation switch
        {
            ClampLayer clamp => new(ActivationStep.Clamp.ToString(), Finite(clamp.Low), Finite(clamp.High), [0]),
            ActivationLayer kinds => new(kinds.Kinds, Finite(kinds.Low), Finite(kinds.High), kinds.Exponents),
            _ => LeveledFunction.Identity,
        };
        float[] offsets = activation is ActivationLayer { } channels ? Offsets(channels, elements) : new float[elements];
        double largest = ranges[written].Largest + offsets.Max(Math.Abs);
        int output = Value(layer.Name, elements, 0, Math.ILogB(Math.Max(largest * headroom, 1e-30)) + 1);
        int[] places = Places(written, elements), laidOut = new int[windows.Length];
        for (int i = 0; i < windows.Length; i++)
            laidOut[i / elements * elements + places[i % elements]] = windows[i] < 0 ? -1 : sources[windows[i]];
        _steps.Add(new LeveledRefresh(layer.Name, operands, window, laidOut, function, output));
        MappedValue natural = MappedValue.Of(output, elements);
        return new([natural.Parts[0] with { Sources = places }], offsets);
    }

    /// <summary>
    /// Where each element of a value is put. What a convolution with a stride reads is put by phases, the rows and columns of one remainder together: then its
    /// windows move as one where its outputs do, and its matrix has few diagonals.
    /// </summary>
    private int[] Places(int value, int elements)
    {
        int[] places = [.. Enumerable.Range(0, elements)];
        ConvolutionGeometry? strided = network.Layers.OfType<LinearLayer>().SelectMany(layer => layer.Terms).OfType<ConvolutionFloatTerm>()
            .Where(term => term.Input == value).Select(term => term.Geometry).MaxBy(geometry => geometry.StrideHeight * geometry.StrideWidth);
        if (strided is not { } g || g.InHeight % g.StrideHeight != 0 || g.InWidth % g.StrideWidth != 0) return places;
        int height = g.InHeight / g.StrideHeight, width = g.InWidth / g.StrideWidth;
        for (int e = 0; e < elements; e++)
        {
            int x = e % g.InWidth, y = e / g.InWidth % g.InHeight, channel = e / (g.InWidth * g.InHeight);
            int phase = y % g.StrideHeight * g.StrideWidth + x % g.StrideWidth;
            places[e] = ((channel * g.StrideHeight * g.StrideWidth + phase) * height + y / g.StrideHeight) * width + x / g.StrideWidth;
        }
        return places;
    }

    private static float Finite(float bound) => Math.Clamp(bound, float.MinValue, float.MaxValue);

    /// <summary>What squares and constants add: it is left to whatever reads them, so that the key's holder need not know it.</summary>
    private static float[] Offsets(ActivationLayer layer, int elements) =>
        [.. Enumerable.Range(0, elements).Select(element => element / (elements / layer.Channels) is int channel
            && layer.Kinds[channel] is ActivationStep.Clamp or ActivationStep.Identity ? 0 : layer.Offsets[channel])];

    /// <summary>Program values whose elements, one after the other, are a network's value's; where there are none, a step by a matrix makes one.</summary>
    /// <param name="zeros">Whether an element may be 0.</param>
    private (ImmutableArray<int> Values, int[] Sources) Operands(int id, string name, bool zeros)
    {
        MappedValue value = _mapped[id];
        ImmutableArray<int> operands = [.. value.Parts.Select(part => part.Value).Distinct()];
        Dictionary<int, int> starts = [];
        int start = 0;
        foreach (int operand in operands)
        {
            starts[operand] = start;
            start += _values[operand].Layout.Elements;
        }
        int[] sources = new int[value.Elements];
        for (int e = 0; e < sources.Length; e++)
        {
            MappedPart[] parts = [.. value.Parts.Where(part => part.Factors[e] != 0)];
            if (value.Constants[e] != 0 || parts.Length > 1 || parts is [{ } one] && one.Factors[e] != 1 || parts.Length == 0 && !zeros)
                return ([Plain(id, name)], [.. Enumerable.Range(0, value.Elements)]);
            sources[e] = parts is [var part] ? starts[part.Value] + part.Sources[e] : -1;
        }
        return (operands, sources);
    }

    /// <summary>
    /// Results that a linear step writes of what the key's holder encrypted last become fine: undivided. Then every value gets the level that what is done with
    /// it before the next decryption takes, and no higher.
    /// </summary>
    private void Settle(ImmutableArray<LeveledOutput> outputs)
    {
        HashSet<int> encrypted = [.. _inputs.Select(input => input.Value), .. _steps.OfType<LeveledRefresh>().Select(step => step.Output)];
        int[] levels = new int[_values.Count];
        levels.AsSpan().Fill(1);
        for (int index = _steps.Count - 1; index >= 0; index--)
        {
            LeveledStep step = _steps[index];
            bool result = outputs.Any(output => output.Value == step.Output);
            if (step is LeveledLinear linear && result && linear.Reads.All(encrypted.Contains) && !_steps.Any(other => other.Reads.Contains(step.Output)))
            {
                step = _steps[index] = linear with { IsDivided = false };
                levels[step.Output] = LeveledProgram.FineLevel;
                _values[step.Output] = _values[step.Output] with { ScaleBits = 2 * LeveledProgram.FineBits };
                foreach (int read in linear.Reads) _values[read] = _values[read] with { ScaleBits = LeveledProgram.FineBits };
            }
            int wanted = step switch
            {
                LeveledRefresh => 1,
                LeveledLinear { IsDivided: false } => levels[step.Output],
                _ => levels[step.Output] + 1,
            };
            foreach (int read in step.Reads) levels[read] = Math.Max(levels[read], wanted);
        }
        int most = levels.Max();
        for (int value = 0; value < levels.Length; value++) _values[value] = _values[value] with { Depth = most - levels[value] };
    }
}
