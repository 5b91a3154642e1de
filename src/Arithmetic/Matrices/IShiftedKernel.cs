namespace Blindsight.Arithmetic.Matrices;

/// <summary>The tiles of <see cref="ShiftedProduct"/>.</summary>
internal unsafe interface IShiftedKernel
{
    /// <summary>Rows of a tile of a product.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a tile of a product.</summary>
    static abstract int Columns { get; }

    /// <summary>Rows of a tile of sums.</summary>
    static abstract int SumRows { get; }

    /// <summary>Shifts of a tile of sums.</summary>
    static abstract int SumShifts { get; }

    /// <summary>c[i * stride + j] = sum over p below k of a[p * Rows + i] * x[offsets[p] + j], for the whole tile.</summary>
    static abstract void Multiply(int k, float* a, float* x, int* offsets, float* c, nint stride);

    /// <summary>sums[p * SumRows + i] = sum over j below n of y[i * stride + j] * x[offsets[p] + j], for the whole tile.</summary>
    static abstract void Sum(int n, float* y, nint stride, float* x, int* offsets, float* sums);
}
