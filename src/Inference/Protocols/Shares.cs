using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Blindsight.Inference.Protocols;

/// <summary>
/// One party's shares of a batch by tensor: rows one after the other, each element in the low bits of a word, upper bits
/// zero. Cleared when released.
/// </summary>
internal sealed class Shares : IDisposable
{
    private readonly Dictionary<int, uint[]> _byTensor = [];

    /// <exception cref="InvalidOperationException">The tensor has not been computed, or was released.</exception>
    public uint[] this[int tensor]
    {
        get => _byTensor.TryGetValue(tensor, out uint[]? share)
            ? share : throw new InvalidOperationException($"Tensor {tensor} has no share at this point of the plan.");
        set => _byTensor[tensor] = value;
    }

    public bool Contains(int tensor) => _byTensor.ContainsKey(tensor);

    /// <summary>Clears and forgets a tensor.</summary>
    public void Release(int tensor)
    {
        if (_byTensor.Remove(tensor, out uint[]? share)) Clear(share);
    }

    public void Dispose()
    {
        foreach (uint[] share in _byTensor.Values) Clear(share);
        _byTensor.Clear();
    }

    private static void Clear(uint[] share) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(share.AsSpan()));
}
