using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Blindsight.Arithmetic.Randomness;

/// <summary>
/// AES-128 under a public key, as a permutation for constructions in the ideal-cipher model. Kernels with AES-NI read
/// the round keys and keep several blocks in flight; everything else calls <see cref="Permute"/>.
/// </summary>
public sealed class FixedKeyPermutation : IDisposable
{
    private readonly Vector128<byte>[] _roundKeys;
    private readonly Aes? _portable;

    /// <summary>A permutation under a public key of 16 bytes.</summary>
    public FixedKeyPermutation(ReadOnlySpan<byte> key) : this(key, AesNi.IsSupported) { }

    internal FixedKeyPermutation(ReadOnlySpan<byte> key, bool hardware)
    {
        if (key.Length != 16) throw new ArgumentException("An AES-128 key has 16 bytes.", nameof(key));
        _roundKeys = hardware ? AesKeySchedule.Expand(key) : [];
        if (hardware) return;
        _portable = Aes.Create();
        _portable.SetKey(key);
    }

    /// <summary>Whether <see cref="RoundKeys"/> are there to be used with AES-NI.</summary>
    public bool IsHardware => _portable is null;

    /// <summary>The eleven round keys; empty without AES-NI.</summary>
    public ReadOnlySpan<Vector128<byte>> RoundKeys => _roundKeys;

    /// <summary>Permutes each block in place.</summary>
    public void Permute(Span<Vector128<byte>> blocks)
    {
        if (_portable is not null)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(blocks);
            _portable.EncryptEcb(bytes, bytes, PaddingMode.None);
            return;
        }
        for (int i = 0; i < blocks.Length; i++)
        {
            Vector128<byte> x = blocks[i] ^ _roundKeys[0];
            for (int round = 1; round < 10; round++) x = AesNi.Encrypt(x, _roundKeys[round]);
            blocks[i] = AesNi.EncryptLast(x, _roundKeys[10]);
        }
    }

    public void Dispose() => _portable?.Dispose();
}
