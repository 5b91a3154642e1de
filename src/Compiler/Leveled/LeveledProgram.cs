using System.Collections.Immutable;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Leveled;

/// <summary>
/// A network as what leveled homomorphic encryption can do: matrices by diagonals and squares, on values in slots. Geometry is public; the weights in
/// matrices and biases are the model's owner's.
/// </summary>
/// <param name="Values">Each written by the input or by one step, in the order of steps.</param>
/// <param name="Steps">In topological order.</param>
public sealed record LeveledProgram(
    string Model, InputCard Card, ImmutableArray<LeveledInput> Inputs, ImmutableArray<LeveledValue> Values, ImmutableArray<LeveledStep> Steps,
    ImmutableArray<LeveledOutput> Outputs)
{
    /// <summary>Multiplications one after the other: as many levels are consumed.</summary>
    public int Depth => Values.Max(value => value.Depth);

    /// <summary>Images of one evaluation.</summary>
    public int Images => Values[0].Layout.Images;

    /// <summary>Rotations, in slots, that need keys: no others are made.</summary>
    public ImmutableSortedSet<int> Rotations => [.. Steps.OfType<LeveledLinear>().SelectMany(step => step.Terms).SelectMany(term => term.Rotations)
        .Select(positions => positions * Images)];
}

/// <summary>An input as the client lays it out.</summary>
/// <param name="Port">Name and shape, without batch.</param>
/// <param name="Sources">For each element of the value the element of the input that it is, -1 for zero.</param>
public sealed record LeveledInput(PlanPort Port, int Value, int[] Sources);

/// <summary>An output that the client decrypts.</summary>
public sealed record LeveledOutput(PlanPort Port, int Value, PostOperation PostOperation);

/// <summary>Numbers in ciphertexts.</summary>
/// <param name="Depth">Multiplications behind it; 0 for an input.</param>
/// <param name="Exponent">Slots hold elements divided by 2^Exponent, so that they are at most 1: the largest of calibration has room.</param>
public sealed record LeveledValue(string Name, SlotLayout Layout, int Depth, int Exponent)
{
    /// <summary>What no slot exceeds.</summary>
    public const double Magnitude = 1;
}

/// <summary>Writes one value.</summary>
public abstract record LeveledStep(string Name, int Output);

/// <summary>The slot-wise square: one level.</summary>
public sealed record LeveledSquare(string Name, int Input, int Output) : LeveledStep(Name, Output);

/// <summary>A sum of products of matrices with values, and of a bias for each element of the output: one level.</summary>
public sealed record LeveledLinear(string Name, ImmutableArray<LeveledTerm> Terms, float[] Bias, int Output) : LeveledStep(Name, Output);

/// <summary>One product of a linear step.</summary>
/// <param name="Baby">
/// n: a diagonal of shift s is met by the operand rotated by s mod n, and the sum over these is rotated by the rest. A power of two.
/// </param>
public sealed record LeveledTerm(int Input, DiagonalMatrix Matrix, int Baby)
{
    /// <summary>The smaller rotation of a diagonal: of the operand.</summary>
    public int BabyOf(int shift) => shift & (Baby - 1);

    /// <summary>The greater one: of a sum.</summary>
    public int GiantOf(int shift) => shift & -Baby;

    /// <summary>All rotations in positions.</summary>
    internal IEnumerable<int> Rotations => Matrix.Diagonals.Keys.SelectMany(place => new[] { BabyOf(place.Shift), GiantOf(place.Shift) })
        .Concat(Matrix.Folds).Where(shift => shift != 0).Distinct();
}
