using Blindsight.Arithmetic;

namespace Blindsight.Compiler.Leveled;

/// <summary>
/// A value of the network in terms of values of a program: element e is the sum over parts of part.Factors[e] times element part.Sources[e], and
/// Constants[e]. So layouts cost nothing, nor do activations that differ by channel: whatever reads the value multiplies by its weights anyway.
/// </summary>
internal sealed record MappedValue(IReadOnlyList<MappedPart> Parts, float[] Constants)
{
    public int Elements => Constants.Length;

    /// <summary>A program's value itself.</summary>
    public static MappedValue Of(int value, int elements) =>
        new([new MappedPart(value, [.. Enumerable.Range(0, elements)], Filled(elements))], new float[elements]);

    /// <summary>Whether this is a program's value, element by element.</summary>
    public bool IsPlain => Parts is [var part] && part.Factors.All(factor => factor == 1)
        && part.Sources.Select((source, element) => source == element).All(same => same) && Constants.All(constant => constant == 0);

    /// <summary>Elements of several values one after the other, rearranged.</summary>
    /// <param name="sources">For each element its source, or -1 for <paramref name="padding"/>.</param>
    public static MappedValue Rearrange(IReadOnlyList<MappedValue> values, int[] sources, float padding)
    {
        float[] constants = new float[sources.Length];
        List<MappedPart> parts = [];
        int start = 0;
        foreach (MappedValue value in values)
        {
            foreach (MappedPart part in value.Parts)
            {
                int[] from = new int[sources.Length];
                float[] factors = new float[sources.Length];
                for (int e = 0; e < sources.Length; e++)
                    if (sources[e] - start is int at && (uint)at < (uint)value.Elements) (from[e], factors[e]) = (part.Sources[at], part.Factors[at]);
                parts.Add(new(part.Value, from, factors));
            }
            for (int e = 0; e < sources.Length; e++)
                if (sources[e] - start is int at && (uint)at < (uint)value.Elements) constants[e] = value.Constants[at];
            start += value.Elements;
        }
        for (int e = 0; e < sources.Length; e++)
            if (sources[e] < 0) constants[e] = padding;
        return new(parts, constants);
    }

    private static float[] Filled(int elements)
    {
        float[] ones = new float[elements];
        ones.AsSpan().Fill(1);
        return ones;
    }
}

/// <summary>One part of a <see cref="MappedValue"/>.</summary>
/// <param name="Value">Index of a program's value.</param>
/// <param name="Sources">By element.</param>
/// <param name="Factors">By element; 0 where the part says nothing.</param>
internal sealed record MappedPart(int Value, int[] Sources, float[] Factors);
