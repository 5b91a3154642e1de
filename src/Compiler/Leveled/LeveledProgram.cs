using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Leveled;

/// <summary>
/// A network as what leveled homomorphic encryption can do: matrices by diagonals and squares, on values in slots, and what the holder of the key does between
/// them. Geometry is public; the weights in matrices and biases are the model's owner's.
/// </summary>
/// <param name="Values">Each written by the input or by one step, in the order of steps.</param>
/// <param name="Steps">In topological order.</param>
public sealed record LeveledProgram(
    string Model, InputCard Card, ImmutableArray<LeveledInput> Inputs, ImmutableArray<LeveledValue> Values, ImmutableArray<LeveledStep> Steps,
    ImmutableArray<LeveledOutput> Outputs)
{
    /// <summary>
    /// Size of the scale of what results that are released are made of, and of their weights: such results are not divided, so that their noise is far below
    /// what a flood of it leaves of them.
    /// </summary>
    public const int FineBits = 65;

    /// <summary>Primes that such results take: 140 bits for 130.</summary>
    public const int FineLevel = 3;

    /// <summary>Levels that are consumed between encryption and decryption, at most; at least 1.</summary>
    public int Depth => Math.Max(Steps.Any(step => step is LeveledLinear { IsDivided: false }) ? FineLevel - 1 : 1, Values.Max(value => value.Depth));

    /// <summary>Whether the holder of the key works on values on the way.</summary>
    public bool HasRefreshes => Steps.Any(step => step is LeveledRefresh);

    /// <summary>How many primes the modulus of a value has.</summary>
    public int LevelOf(int value) => Depth + 1 - Values[value].Depth;

    /// <summary>How many primes a linear step's operands have: one more than its output, unless it is not divided.</summary>
    public int OperandLevelOf(LeveledLinear step) => LevelOf(step.Output) + (step.IsDivided ? 1 : 0);

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
/// <param name="Depth">Levels consumed where it is; 0 for an input, unless not all levels are wanted before the next decryption.</param>
/// <param name="Exponent">Slots hold elements divided by 2^Exponent, so that they are at most 1: the largest of calibration has room.</param>
/// <param name="ScaleBits">Size of its scale, where it is none that comes of squaring; 0 for the usual one.</param>
public sealed record LeveledValue(string Name, SlotLayout Layout, int Depth, int Exponent, int ScaleBits = 0)
{
    /// <summary>What no slot exceeds.</summary>
    public const double Magnitude = 1;
}

/// <summary>Writes one value.</summary>
public abstract record LeveledStep(string Name, int Output)
{
    /// <summary>The values that it reads.</summary>
    public abstract IEnumerable<int> Reads { get; }
}

/// <summary>The slot-wise square: one level.</summary>
public sealed record LeveledSquare(string Name, int Input, int Output) : LeveledStep(Name, Output)
{
    public override IEnumerable<int> Reads => [Input];
}

/// <summary>A sum of products of matrices with values, and of a bias for each element of the output: one level.</summary>
/// <param name="IsDivided">Whether it takes that level; if not, scales of operand and weights multiply.</param>
public sealed record LeveledLinear(string Name, ImmutableArray<LeveledTerm> Terms, float[] Bias, int Output, bool IsDivided = true) : LeveledStep(Name, Output)
{
    public override IEnumerable<int> Reads => Terms.Select(term => term.Input);
}

/// <summary>
/// What the holder of the key does: it decrypts, takes the maximum of windows, applies a function, and encrypts. Element e of the output is the function of
/// the largest of elements Sources[w * elements + e], w below Window, of the operands one after the other.
/// </summary>
/// <param name="Operands">Values; each is element by element that of the network, divided by a power of two.</param>
/// <param name="Window">Elements of each maximum; 1 for none.</param>
/// <param name="Sources">-1 for an element that is not there; a maximum of none of them is 0.</param>
public sealed record LeveledRefresh(
    string Name, ImmutableArray<int> Operands, int Window, int[] Sources, LeveledFunction Function, int Output) : LeveledStep(Name, Output)
{
    public override IEnumerable<int> Reads => Operands;
}

/// <summary>A function for each channel: channel c has elements c * (elements / channels) and on.</summary>
/// <param name="Kinds">Letters of <see cref="ActivationStep"/>, where a constant is 0.</param>
/// <param name="Low">The lower bound of clamps, in the network's units; finite, as is the upper.</param>
/// <param name="Exponents">Squares are multiplied by 2^Exponent; one for each channel.</param>
public sealed record LeveledFunction(string Kinds, float Low, float High, ImmutableArray<int> Exponents)
{
    /// <summary>The operand itself.</summary>
    public static LeveledFunction Identity { get; } = new(ActivationStep.Identity.ToString(), float.MinValue, float.MaxValue, [0]);
}

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
