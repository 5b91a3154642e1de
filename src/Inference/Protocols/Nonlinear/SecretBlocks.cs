using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>A rented array of blocks of correlated transfers, cleared when disposed.</summary>
internal readonly struct SecretBlocks(int count) : IDisposable
{
    private readonly Vector128<byte>[] _blocks = ArrayPool<Vector128<byte>>.Shared.Rent(count);

    public Span<Vector128<byte>> Span => _blocks.AsSpan(0, count);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(Span));
        ArrayPool<Vector128<byte>>.Shared.Return(_blocks);
    }
}
