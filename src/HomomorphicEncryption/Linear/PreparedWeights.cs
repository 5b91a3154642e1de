using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// Secret weights for <see cref="RlweServer"/>: some or all of their polynomials in the transform domain, the others as they are, to be
/// transformed one after the other where they are used. Serves any number of connections and threads; what is transformed is cleared when disposed.
/// </summary>
public sealed class PreparedWeights : IDisposable
{
    private readonly AlignedBuffer<double>[] _kept;
    private readonly ReadOnlyMemory<short> _weights;

    private PreparedWeights(LinearPacking packing, AlignedBuffer<double>[] kept, ReadOnlyMemory<short> weights) =>
        (Packing, _kept, _weights) = (packing, kept, weights);

    public LinearPacking Packing { get; }

    /// <summary>Memory that the transformed polynomials take.</summary>
    public long KeptBytes => _kept.Length * BytesOfOne(Packing);

    /// <summary>Polynomials that are kept: the first ones.</summary>
    internal int Kept => _kept.Length;

    /// <summary>Transforms as many polynomials as fit.</summary>
    /// <param name="weights">Laid out as the packing's geometry says. Held, and not to be changed.</param>
    /// <param name="memoryBytes">Most memory to take for transformed weights.</param>
    /// <exception cref="ArgumentException">Wrong number of weights.</exception>
    public static PreparedWeights Prepare(
        LinearPacking packing, ReadOnlyMemory<short> weights, long memoryBytes = long.MaxValue, int degreeOfParallelism = 1)
    {
        if (weights.Length != packing.Geometry.WeightElements)
            throw new ArgumentException($"The layer has {packing.Geometry.WeightElements} weights.", nameof(weights));
        ArgumentOutOfRangeException.ThrowIfNegative(memoryBytes);
        AlignedBuffer<double>[] kept = new AlignedBuffer<double>[(int)Math.Min(packing.PreparedPolynomials, memoryBytes / BytesOfOne(packing))];
        PreparedWeights prepared = new(packing, kept, weights);
        using Workspaces workspaces = new(packing.Request.Parameters.Degree);
        workspaces.ForEach(kept.Length, degreeOfParallelism, (index, workspace) =>
        {
            kept[index] = new AlignedBuffer<double>(RowsLength(packing));
            prepared.Transform(index, workspace.First.Span, kept[index].Span);
        });
        return prepared;
    }

    /// <summary>
    /// The weights of response polynomial <paramref name="index"/> of the first tile: for each 64 values of the transform
    /// the rows of all blocks, so that the products of an output stream through them once. Only of those that are kept.
    /// </summary>
    internal ReadOnlySpan<double> Rows(int index) => _kept[index].Span;

    /// <summary>Elements of <see cref="Rows"/>.</summary>
    internal static int RowsLength(LinearPacking packing) => checked(packing.Request.Layout.BlocksPerBundle * packing.Request.Parameters.Degree);

    /// <summary>Makes the rows of one polynomial, block by block.</summary>
    /// <param name="scratch">N elements.</param>
    internal void Transform(int index, Span<double> scratch, Span<double> rows)
    {
        NegacyclicNtt ntt = Packing.Request.Parameters.Transforms[0];
        PackedOutputs outputs = Packing.Outputs(index);
        int blocks = Packing.Request.Layout.BlocksPerBundle;
        for (int block = 0; block < blocks; block++)
        {
            Packing.Placement.Place(outputs, block, _weights.Span, scratch);
            ntt.Forward(scratch);
            Interleave(scratch, rows, block, blocks);
        }
        scratch.Clear();
    }

    /// <summary>Copies a transformed polynomial to row <paramref name="block"/> of each 64 lanes.</summary>
    internal static void Interleave(ReadOnlySpan<double> polynomial, Span<double> rows, int block, int blocks)
    {
        const int lanes = ResidueVector.DotLanes;
        for (int at = 0; at < polynomial.Length; at += lanes)
            polynomial.Slice(at, lanes).CopyTo(rows.Slice(at * blocks + block * lanes, lanes));
    }

    /// <summary>Clears and frees the memory.</summary>
    public void Dispose()
    {
        foreach (AlignedBuffer<double> polynomial in _kept) polynomial.Dispose();
    }

    private static long BytesOfOne(LinearPacking packing) => (long)RowsLength(packing) * sizeof(double);
}
