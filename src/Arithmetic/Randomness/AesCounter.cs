using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Blindsight.Arithmetic.Randomness;

/// <summary>
/// AES-128 in counter mode: block i of the key stream is AES_k(i), i a 128-bit little-endian number. AES-NI with eight
/// blocks in flight, else the platform's AES (the twin that tests compare with). Constant time.
/// </summary>
public sealed class AesCounter : IDisposable
{
    public const int BlockBytes = 16;

    private readonly byte[] _key;
    private readonly Vector128<byte>[] _roundKeys;
    private readonly bool _hardware;

    public AesCounter(ReadOnlySpan<byte> key) : this(key, AesNi.IsSupported) { }

    internal AesCounter(ReadOnlySpan<byte> key, bool hardware)
    {
        if (key.Length != BlockBytes) throw new ArgumentException("An AES-128 key has 16 bytes.", nameof(key));
        _hardware = hardware;
        _key = key.ToArray();
        _roundKeys = hardware ? AesKeySchedule.Expand(key) : [];
    }

    /// <summary>Writes the key stream from block <paramref name="counter"/> on; the length is a multiple of 16.</summary>
    public void Fill(ulong counter, Span<byte> destination)
    {
        if (destination.Length % BlockBytes != 0)
            throw new ArgumentException("The key stream comes in blocks of 16 bytes.", nameof(destination));
        if (_hardware) FillHardware(counter, destination);
        else FillPlatform(counter, destination);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        Array.Clear(_roundKeys);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillHardware(ulong counter, Span<byte> destination)
    {
        Span<Vector128<byte>> blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(destination);
        Vector128<byte>[] k = _roundKeys;
        Vector128<ulong> next = Vector128.Create(counter, 0UL), one = Vector128.Create(1UL, 0UL);
        int i = 0;
        for (; i + 8 <= blocks.Length; i += 8)
        {
            Vector128<byte> key = k[0];
            Vector128<byte> a = next.AsByte() ^ key; next += one;
            Vector128<byte> b = next.AsByte() ^ key; next += one;
            Vector128<byte> c = next.AsByte() ^ key; next += one;
            Vector128<byte> d = next.AsByte() ^ key; next += one;
            Vector128<byte> e = next.AsByte() ^ key; next += one;
            Vector128<byte> f = next.AsByte() ^ key; next += one;
            Vector128<byte> g = next.AsByte() ^ key; next += one;
            Vector128<byte> h = next.AsByte() ^ key; next += one;
            for (int round = 1; round < 10; round++)
            {
                key = k[round];
                a = AesNi.Encrypt(a, key); b = AesNi.Encrypt(b, key); c = AesNi.Encrypt(c, key); d = AesNi.Encrypt(d, key);
                e = AesNi.Encrypt(e, key); f = AesNi.Encrypt(f, key); g = AesNi.Encrypt(g, key); h = AesNi.Encrypt(h, key);
            }
            key = k[10];
            Span<Vector128<byte>> eight = blocks.Slice(i, 8);
            eight[0] = AesNi.EncryptLast(a, key); eight[1] = AesNi.EncryptLast(b, key);
            eight[2] = AesNi.EncryptLast(c, key); eight[3] = AesNi.EncryptLast(d, key);
            eight[4] = AesNi.EncryptLast(e, key); eight[5] = AesNi.EncryptLast(f, key);
            eight[6] = AesNi.EncryptLast(g, key); eight[7] = AesNi.EncryptLast(h, key);
        }
        for (; i < blocks.Length; i++, next += one)
        {
            Vector128<byte> a = next.AsByte() ^ k[0];
            for (int round = 1; round < 10; round++) a = AesNi.Encrypt(a, k[round]);
            blocks[i] = AesNi.EncryptLast(a, k[10]);
        }
    }

    private void FillPlatform(ulong counter, Span<byte> destination)
    {
        destination.Clear();
        for (int at = 0; at < destination.Length; at += BlockBytes)
            BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], counter++);
        using Aes aes = Aes.Create();
        aes.SetKey(_key);
        byte[] stream = aes.EncryptEcb(destination, PaddingMode.None);
        stream.CopyTo(destination);
        CryptographicOperations.ZeroMemory(stream);
    }
}
