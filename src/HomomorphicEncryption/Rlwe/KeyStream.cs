using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.HomomorphicEncryption.Rlwe;

/// <summary>Key streams that samplers read at block counters of their choice, each under a key of its own.</summary>
internal static class KeyStream
{
    /// <summary>A stream under a key drawn from the generator.</summary>
    public static AesCounter From(Prg prg)
    {
        Span<byte> key = stackalloc byte[AesCounter.BlockBytes];
        prg.Fill(key);
        AesCounter stream = new(key);
        CryptographicOperations.ZeroMemory(key);
        return stream;
    }
}
