using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>A rented buffer for one call, its content undefined at first; cleared when disposed.</summary>
internal readonly struct Rented<T>(int length) : IDisposable where T : unmanaged
{
    private readonly T[] _array = ArrayPool<T>.Shared.Rent(length);

    public Span<T> Span => _array.AsSpan(0, length);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(Span));
        ArrayPool<T>.Shared.Return(_array);
    }
}
