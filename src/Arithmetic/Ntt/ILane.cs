namespace Blindsight.Arithmetic.Ntt;

/// <summary>
/// A register of doubles of one instruction set: the kernels are written once over it and compiled for each.
/// Loads and stores are of <see cref="Count"/> doubles; the count divides 8.
/// </summary>
internal unsafe interface ILane<T> where T : unmanaged, ILane<T>
{
    static abstract int Count { get; }

    static abstract T Load(double* from);

    static abstract void Store(double* to, T value);

    static abstract T Broadcast(double value);

    static abstract T operator +(T x, T y);

    static abstract T operator -(T x, T y);

    static abstract T operator *(T x, T y);

    /// <summary>x*y + z, rounded once.</summary>
    static abstract T MultiplyAdd(T x, T y, T z);

    /// <summary>x*y - z, rounded once.</summary>
    static abstract T MultiplySubtract(T x, T y, T z);

    /// <summary>z - x*y, rounded once.</summary>
    static abstract T NegatedMultiplyAdd(T x, T y, T z);

    /// <summary>Transposes an 8 x 8 block in place.</summary>
    static abstract void Transpose(double* block);
}
