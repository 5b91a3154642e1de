using System.Runtime.InteropServices;

namespace Blindsight.Arithmetic.Memory;

/// <summary>
/// A zeroed native buffer aligned to 64 bytes, for kernels. Cleared when disposed, so it may hold secrets.
/// Not thread-safe as to disposal; concurrent access to the elements is the callers' affair.
/// </summary>
public sealed unsafe class AlignedBuffer<T> : IDisposable where T : unmanaged
{
    private T* _pointer;

    /// <summary>Allocates <paramref name="length"/> zeroed elements.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint bytes = Math.Max((nuint)length * (nuint)sizeof(T), 64);
        _pointer = (T*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_pointer, bytes);
    }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>The elements; 64-byte aligned.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Span<T> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return new Span<T>(_pointer, Length);
        }
    }

    /// <summary>The address of the first element, for vector files only.</summary>
    public T* Pointer => _pointer;

    /// <summary>Clears and frees the memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    ~AlignedBuffer() => Free();

    private void Free()
    {
        if (_pointer is null) return;
        CryptographicClear();
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }

    private void CryptographicClear() =>
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(
            new Span<byte>(_pointer, checked(Length * sizeof(T))));
}
