using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Blindsight.Arithmetic.Randomness;

/// <summary>
/// A pseudo-random generator: the AES-128 key stream in counter mode under a 16-byte seed. Two generators with the same
/// seed give the same bytes however the requests are cut. Constant time with AES-NI and, without it, through the
/// platform's AES. Not thread-safe.
/// </summary>
public sealed class Prg : IDisposable
{
    public const int SeedBytes = 16;

    private const int BufferBytes = 1024;
    private readonly AesCounter _cipher;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private int _used = BufferBytes;
    private ulong _counter;

    /// <summary>A generator that is a function of <paramref name="seed"/> alone.</summary>
    /// <exception cref="ArgumentException">The seed is not 16 bytes.</exception>
    public Prg(ReadOnlySpan<byte> seed) => _cipher = new AesCounter(seed);

    /// <summary>A generator seeded by the operating system.</summary>
    public static Prg FromSystem()
    {
        Span<byte> seed = stackalloc byte[SeedBytes];
        RandomNumberGenerator.Fill(seed);
        Prg prg = new(seed);
        CryptographicOperations.ZeroMemory(seed);
        return prg;
    }

    /// <summary>
    /// A generator bound to a purpose, with the seed of <see cref="DeriveSeed"/>: distinct labels or numbers give independent streams.
    /// </summary>
    public static Prg Derive(ReadOnlySpan<byte> seed, string label, params ReadOnlySpan<ulong> numbers)
    {
        Span<byte> derived = stackalloc byte[SeedBytes];
        DeriveSeed(seed, label, numbers, derived);
        Prg prg = new(derived);
        CryptographicOperations.ZeroMemory(derived);
        return prg;
    }

    /// <summary>
    /// The first half of SHA-256(length of seed, seed, length of label, label, numbers); lengths (in bytes) and numbers are 64-bit little-endian.
    /// </summary>
    /// <param name="derived"><see cref="SeedBytes"/> long.</param>
    public static void DeriveSeed(ReadOnlySpan<byte> seed, string label, ReadOnlySpan<ulong> numbers, Span<byte> derived)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)seed.Length);
        hash.AppendData(number);
        hash.AppendData(seed);
        byte[] text = System.Text.Encoding.UTF8.GetBytes(label);
        BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)text.Length);
        hash.AppendData(number);
        hash.AppendData(text);
        foreach (ulong value in numbers)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
            hash.AppendData(number);
        }
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        digest[..SeedBytes].CopyTo(derived);
        CryptographicOperations.ZeroMemory(digest);
    }

    /// <summary>Fills <paramref name="destination"/> with the next bytes of the stream.</summary>
    public void Fill(Span<byte> destination)
    {
        int fromBuffer = Math.Min(BufferBytes - _used, destination.Length);
        _buffer.AsSpan(_used, fromBuffer).CopyTo(destination);
        _used += fromBuffer;
        destination = destination[fromBuffer..];
        int whole = destination.Length / BufferBytes * BufferBytes;
        if (whole > 0)
        {
            _cipher.Fill(_counter, destination[..whole]);
            _counter += (ulong)whole / AesCounter.BlockBytes;
            destination = destination[whole..];
        }
        if (destination.IsEmpty) return;
        _cipher.Fill(_counter, _buffer);
        _counter += BufferBytes / AesCounter.BlockBytes;
        _buffer.AsSpan(0, destination.Length).CopyTo(destination);
        _used = destination.Length;
    }

    /// <summary>Fills a span of any plain type with uniform bits.</summary>
    public void Fill<T>(Span<T> destination) where T : unmanaged => Fill(MemoryMarshal.AsBytes(destination));

    /// <summary>The next 64 bits of the stream.</summary>
    public ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Clears the key and the buffered stream.</summary>
    public void Dispose()
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_buffer);
    }
}
