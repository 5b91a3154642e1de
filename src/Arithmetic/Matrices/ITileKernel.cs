namespace Blindsight.Arithmetic.Matrices;

/// <summary>The product of two packed panels, added to a tile of the result.</summary>
internal unsafe interface ITileKernel
{
    /// <summary>Rows of the tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the tile.</summary>
    static abstract int Columns { get; }

    /// <summary>c[i * stride + j] += sum over p below k of a[p * Rows + i] * b[p * Columns + j], for the whole tile.</summary>
    static abstract void Add(int k, float* a, float* b, float* c, nint stride);
}
