using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Blindsight.Arithmetic.Randomness;

/// <summary>
/// AES-128 in counter mode as NIST SP 800-38A has it: block i of the key stream is AES_k(i), i a 128-bit big-endian number. What other parties compute with
/// their platform's counter mode, a browser's for instance; among ourselves <see cref="AesCounter"/>, which counts little-endian, is faster.
/// </summary>
public static class StandardCounterMode
{
    /// <summary>Overwrites <paramref name="destination"/> with the first bytes of the key stream.</summary>
    /// <param name="key">16 bytes.</param>
    /// <exception cref="ArgumentException">The key is not 16 bytes.</exception>
    public static void Fill(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        if (key.Length != AesCounter.BlockBytes) throw new ArgumentException("An AES-128 key has 16 bytes.", nameof(key));
        byte[] blocks = new byte[(destination.Length + AesCounter.BlockBytes - 1) / AesCounter.BlockBytes * AesCounter.BlockBytes];
        for (int at = 0; at < blocks.Length; at += AesCounter.BlockBytes)
            BinaryPrimitives.WriteInt32BigEndian(blocks.AsSpan(at + AesCounter.BlockBytes - sizeof(int)), at / AesCounter.BlockBytes);
        using Aes aes = Aes.Create();
        aes.SetKey(key);
        aes.EncryptEcb(blocks, blocks, PaddingMode.None);
        blocks.AsSpan(0, destination.Length).CopyTo(destination);
        CryptographicOperations.ZeroMemory(blocks);
    }
}
