namespace Blindsight.Arithmetic.Rings;

/// <summary>A register of elements of Z_2^32 of one instruction set: kernels are written once over it.</summary>
internal unsafe interface IRingLane<T> where T : unmanaged, IRingLane<T>
{
    static abstract int Count { get; }

    static abstract T Load(uint* from);

    /// <summary>Loads <see cref="Count"/> signed numbers of 16 bits.</summary>
    static abstract T LoadSigned(short* from);

    static abstract void Store(uint* to, T value);

    static abstract T Broadcast(uint value);

    static abstract uint Sum(T value);

    static abstract T operator +(T x, T y);

    static abstract T operator *(T x, T y);
}
