using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Leveled;

/// <summary>One diagonal of a block of a matrix.</summary>
/// <param name="To">Block of the result.</param>
/// <param name="From">Block of the operand.</param>
/// <param name="Shift">Positions by which the operand is rotated to the left.</param>
public readonly record struct DiagonalPlace(int To, int From, int Shift);

/// <summary>
/// A matrix by generalised diagonals: result block t is the sum, over its diagonals, of the diagonal times the operand's block rotated by its shift; then,
/// where the result's period is shorter than the operand's, of that sum rotated by each of <see cref="Folds"/> in turn. Diagonals without weights are absent.
/// </summary>
/// <remarks>
/// Source: Halevi and Shoup, "Algorithms in HElib" (2014), section 4.3; wide matrices by extended diagonals after Juvekar and others, "Gazelle"
/// (2018), section 4.2. Layouts repeat themselves with periods that are powers of two, so that one of two periods divides the other; there are as
/// many shifts as the shorter one has positions.
/// </remarks>
public sealed class DiagonalMatrix
{
    private static readonly Comparer<DiagonalPlace> Order =
        Comparer<DiagonalPlace>.Create((a, b) => (a.To, a.From, a.Shift).CompareTo((b.To, b.From, b.Shift)));

    private readonly Dictionary<DiagonalPlace, float[]> _diagonals = [];
    private SortedDictionary<DiagonalPlace, float[]>? _ordered;

    /// <param name="from">Layout of the operand.</param>
    /// <param name="to">Layout of the result, of the same slots and images.</param>
    internal DiagonalMatrix(SlotLayout from, SlotLayout to) => (From, To) = (from, to);

    /// <summary>A matrix of given diagonals: what <see cref="Diagonals"/> of another one was, with or without its weights.</summary>
    /// <param name="diagonals">Places within both layouts.</param>
    public static DiagonalMatrix Of(SlotLayout from, SlotLayout to, IEnumerable<KeyValuePair<DiagonalPlace, float[]>> diagonals)
    {
        DiagonalMatrix matrix = new(from, to);
        foreach ((DiagonalPlace place, float[] numbers) in diagonals) matrix._diagonals.Add(place, numbers);
        return matrix;
    }

    public SlotLayout From { get; }
    public SlotLayout To { get; }

    /// <summary>Weights of each diagonal, which repeat themselves over positions; in order of result blocks, operand blocks, shifts.</summary>
    public IReadOnlyDictionary<DiagonalPlace, float[]> Diagonals => _ordered ??= new(_diagonals, Order);

    /// <summary>Rotations by which a result of a shorter period is summed up.</summary>
    public IEnumerable<int> Folds
    {
        get
        {
            for (int shift = To.Period; shift < From.Period; shift *= 2) yield return shift;
        }
    }

    /// <summary>Adds a weight.</summary>
    internal void Add(int row, int column, float weight)
    {
        if (weight == 0) return;
        int r = row % To.Period, c = column % From.Period, shifts = Math.Min(From.Period, To.Period);
        int shift = (c - r) & (shifts - 1);
        DiagonalPlace place = new(row / To.Period, column / From.Period, shift);
        if (!_diagonals.TryGetValue(place, out float[]? numbers))
        {
            _diagonals.Add(place, numbers = new float[Math.Max(From.Period, To.Period)]);
            _ordered = null;
        }
        numbers[To.Period <= From.Period ? (c - shift) & (From.Period - 1) : r] += weight;
    }
}
