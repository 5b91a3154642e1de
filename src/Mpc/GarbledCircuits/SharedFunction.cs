using System.Numerics;

namespace Blindsight.Mpc.GarbledCircuits;

/// <summary>
/// A circuit that takes additive shares modulo 2^l of k numbers from both parties and a mask r from the garbler, and gives f(numbers) - r modulo
/// 2^m, so that the outputs of evaluator and garbler are again shares. Its inputs, number after number and each lowest bit first: the
/// evaluator's shares, the garbler's shares, the garbler's corrections where there are any, the mask.
/// </summary>
/// <remarks>
/// With corrections the evaluator's inputs are bits c that were drawn before its shares b were known, and the garbler supplies b xor c: free in
/// gates, a label more a bit.
/// </remarks>
public sealed class SharedFunction
{
    private SharedFunction(Circuit circuit, int numbers, int ringBits, int outputBits, bool corrected) =>
        (Circuit, Numbers, RingBits, OutputBits, Corrected) = (circuit, numbers, ringBits, outputBits, corrected);

    public Circuit Circuit { get; }

    /// <summary>k.</summary>
    public int Numbers { get; }

    /// <summary>l.</summary>
    public int RingBits { get; }

    /// <summary>m.</summary>
    public int OutputBits { get; }

    /// <summary>Whether the garbler has corrections to supply.</summary>
    public bool Corrected { get; }

    /// <summary>Input wires of the evaluator's shares, which are the first.</summary>
    public int EvaluatorWires => Numbers * RingBits;

    /// <summary>Input wires of the garbler's shares and corrections, which follow.</summary>
    public int GarblerWires => Corrected ? 2 * EvaluatorWires : EvaluatorWires;

    /// <summary>
    /// max(x, 0) or min(x, 0), or min(max(x, 0), high). A clamp to other bounds is this on x less one of the bounds.
    /// </summary>
    /// <param name="negativePart">Whether negative numbers pass and others become 0; without <paramref name="high"/>.</param>
    /// <param name="high">Above 0 and below 2^(l-1); x - high fits l bits.</param>
    public static SharedFunction Clamp(int ringBits, bool negativePart, int? high, bool corrected)
    {
        if (high is not null && (negativePart || high <= 0 || high >> (ringBits - 1) != 0))
            throw new ArgumentException($"An upper bound of {high} in {ringBits} bits.", nameof(high));
        return Of(1, ringBits, ringBits, corrected, (circuit, x) =>
        {
            Wire[] z = x[0];
            Wire negative = z[^1];
            if (high is null) return BinaryNumbers.Mask(circuit, negativePart ? negative : !negative, z);
            Wire[] bound = BinaryNumbers.Constant(high.Value, ringBits);
            Wire above = !BinaryNumbers.Less(circuit, z, bound), inside = !circuit.Xor(negative, above);
            int width = 32 - BitOperations.LeadingZeroCount((uint)high.Value - 1);
            Wire[] clamped = [.. BinaryNumbers.Mask(circuit, inside, z.AsSpan(0, width)), .. BinaryNumbers.Constant(0, ringBits - width)];
            for (int bit = 0; bit < ringBits; bit++) clamped[bit] = circuit.Xor(clamped[bit], circuit.And(above, bound[bit]));
            return clamped;
        });
    }

    /// <summary>The largest of k numbers, whose differences fit l bits.</summary>
    public static SharedFunction Maximum(int numbers, int ringBits, bool corrected) =>
        Of(numbers, ringBits, ringBits, corrected, (circuit, x) => Largest(circuit, x, 0).Value);

    /// <summary>The index of the largest of k numbers, the first of equals, in m bits.</summary>
    public static SharedFunction IndexOfMaximum(int numbers, int ringBits, int outputBits, bool corrected) =>
        Of(numbers, ringBits, outputBits, corrected, (circuit, x) => Largest(circuit, x, outputBits).Index);

    private static (Wire[] Value, Wire[] Index) Largest(CircuitBuilder circuit, Wire[][] x, int indexBits)
    {
        Wire[] value = x[0], index = BinaryNumbers.Constant(0, indexBits);
        for (int i = 1; i < x.Length; i++)
        {
            Wire less = BinaryNumbers.Less(circuit, value, x[i]);
            value = BinaryNumbers.Select(circuit, less, x[i], value);
            index = BinaryNumbers.Select(circuit, less, BinaryNumbers.Constant(i, indexBits), index);
        }
        return (value, index);
    }

    private static SharedFunction Of(
        int numbers, int ringBits, int outputBits, bool corrected, Func<CircuitBuilder, Wire[][], Wire[]> function)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numbers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ringBits, 2);
        CircuitBuilder circuit = new();
        Wire[][] evaluator = Read(), garbler = Read(), corrections = corrected ? Read() : [];
        Wire[] mask = circuit.Inputs(outputBits);
        Wire[][] x = new Wire[numbers][];
        for (int i = 0; i < numbers; i++)
        {
            Wire[] share = corrected ? [.. evaluator[i].Zip(corrections[i], circuit.Xor)] : evaluator[i];
            x[i] = BinaryNumbers.Add(circuit, share, garbler[i]);
        }
        Wire[] masked = BinaryNumbers.Subtract(circuit, function(circuit, x), mask);
        return new SharedFunction(circuit.Build(masked), numbers, ringBits, outputBits, corrected);

        Wire[][] Read() => [.. Enumerable.Range(0, numbers).Select(_ => circuit.Inputs(ringBits))];
    }
}
