using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Blindsight.Arithmetic.Randomness;

/// <summary>
/// The tweakable circular correlation-robust hash H(x, i) = pi(pi(x) xor i) xor pi(x), pi being AES-128 under a fixed,
/// public key and i a 64-bit index. Source: Guo, Katz, Wang, Yu, "Efficient and Secure Multiparty Computation from
/// Fixed-Key Block Ciphers", IEEE S&amp;P 2020, section 7.4. Secure in the ideal-cipher model as long as no pair of
/// index and key is used for two purposes: one instance for each connection and direction. Constant time with AES-NI.
/// </summary>
public sealed class CorrelationRobustHash : IDisposable
{
    private const int PortableBatch = 128;
    private readonly Vector128<byte>[] _roundKeys;
    private readonly Aes? _portable;

    /// <summary>A hash under the given public key of 16 bytes.</summary>
    public CorrelationRobustHash(ReadOnlySpan<byte> key) : this(key, AesNi.IsSupported) { }

    internal CorrelationRobustHash(ReadOnlySpan<byte> key, bool hardware)
    {
        if (key.Length != 16) throw new ArgumentException("An AES-128 key has 16 bytes.", nameof(key));
        _roundKeys = hardware ? AesKeySchedule.Expand(key) : [];
        if (hardware) return;
        _portable = Aes.Create();
        _portable.SetKey(key);
    }

    /// <summary>
    /// The hash of one direction of one connection: its key is derived from the connection's public nonce and a label.
    /// </summary>
    public static CorrelationRobustHash ForConnection(ReadOnlySpan<byte> connection, string label)
    {
        using Prg prg = Prg.Derive(connection, label);
        Span<byte> key = stackalloc byte[16];
        prg.Fill(key);
        return new CorrelationRobustHash(key);
    }

    /// <summary>
    /// destination[j] = H(x[j] xor offset, firstIndex + j). The destination may be x itself; otherwise no overlap.
    /// </summary>
    public void Hash(
        ReadOnlySpan<Vector128<byte>> x, Vector128<byte> offset, ulong firstIndex, Span<Vector128<byte>> destination)
    {
        if (destination.Length != x.Length)
            throw new ArgumentException("One output for each input.", nameof(destination));
        if (_portable is not null) HashPortable(x, offset, firstIndex, destination);
        else HashHardware(x, offset, firstIndex, destination);
    }

    /// <summary>As <see cref="Hash"/>, keeping the low 64 bits of each output.</summary>
    public void HashLow(
        ReadOnlySpan<Vector128<byte>> x, Vector128<byte> offset, ulong firstIndex, Span<ulong> destination)
    {
        if (destination.Length != x.Length)
            throw new ArgumentException("One output for each input.", nameof(destination));
        Span<Vector128<byte>> batch = stackalloc Vector128<byte>[PortableBatch];
        for (int at = 0; at < x.Length; at += PortableBatch)
        {
            Span<Vector128<byte>> some = batch[..Math.Min(PortableBatch, x.Length - at)];
            Hash(x.Slice(at, some.Length), offset, firstIndex + (ulong)at, some);
            Span<ulong> output = destination.Slice(at, some.Length);
            for (int i = 0; i < some.Length; i++) output[i] = some[i].AsUInt64().ToScalar();
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(batch));
    }

    public void Dispose() => _portable?.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void HashHardware(
        ReadOnlySpan<Vector128<byte>> x, Vector128<byte> offset, ulong firstIndex, Span<Vector128<byte>> destination)
    {
        Vector128<ulong> tweak = Vector128.Create(firstIndex, 0UL);
        int i = 0;
        for (; i + 8 <= x.Length; i += 8, tweak += Vector128.Create(8UL, 0UL))
            HashEight(x.Slice(i, 8), offset, tweak, destination.Slice(i, 8));
        for (; i < x.Length; i++, tweak += Vector128.Create(1UL, 0UL))
        {
            Vector128<byte> inner = Permute(x[i] ^ offset);
            destination[i] = Permute(inner ^ tweak.AsByte()) ^ inner;
        }
    }

    private Vector128<byte> Permute(Vector128<byte> x)
    {
        Vector128<byte>[] k = _roundKeys;
        x ^= k[0];
        for (int round = 1; round < 10; round++) x = AesNi.Encrypt(x, k[round]);
        return AesNi.EncryptLast(x, k[10]);
    }

    /// <summary>Eight hashes in flight; the inner permutation's results wait in the destination.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void HashEight(
        ReadOnlySpan<Vector128<byte>> x, Vector128<byte> offset, Vector128<ulong> tweak, Span<Vector128<byte>> y)
    {
        Vector128<byte>[] k = _roundKeys;
        Vector128<ulong> one = Vector128.Create(1UL, 0UL);
        Vector128<byte> key = k[0] ^ offset;
        Vector128<byte> h = x[7] ^ key, a = x[0] ^ key, b = x[1] ^ key, c = x[2] ^ key;
        Vector128<byte> d = x[3] ^ key, e = x[4] ^ key, f = x[5] ^ key, g = x[6] ^ key;
        for (int round = 1; round < 10; round++)
        {
            key = k[round];
            a = AesNi.Encrypt(a, key); b = AesNi.Encrypt(b, key); c = AesNi.Encrypt(c, key); d = AesNi.Encrypt(d, key);
            e = AesNi.Encrypt(e, key); f = AesNi.Encrypt(f, key); g = AesNi.Encrypt(g, key); h = AesNi.Encrypt(h, key);
        }
        key = k[10];
        y[7] = h = AesNi.EncryptLast(h, key); y[0] = a = AesNi.EncryptLast(a, key);
        y[1] = b = AesNi.EncryptLast(b, key); y[2] = c = AesNi.EncryptLast(c, key);
        y[3] = d = AesNi.EncryptLast(d, key); y[4] = e = AesNi.EncryptLast(e, key);
        y[5] = f = AesNi.EncryptLast(f, key); y[6] = g = AesNi.EncryptLast(g, key);
        key = k[0];
        a ^= key ^ tweak.AsByte(); tweak += one; b ^= key ^ tweak.AsByte(); tweak += one;
        c ^= key ^ tweak.AsByte(); tweak += one; d ^= key ^ tweak.AsByte(); tweak += one;
        e ^= key ^ tweak.AsByte(); tweak += one; f ^= key ^ tweak.AsByte(); tweak += one;
        g ^= key ^ tweak.AsByte(); tweak += one; h ^= key ^ tweak.AsByte();
        for (int round = 1; round < 10; round++)
        {
            key = k[round];
            a = AesNi.Encrypt(a, key); b = AesNi.Encrypt(b, key); c = AesNi.Encrypt(c, key); d = AesNi.Encrypt(d, key);
            e = AesNi.Encrypt(e, key); f = AesNi.Encrypt(f, key); g = AesNi.Encrypt(g, key); h = AesNi.Encrypt(h, key);
        }
        key = k[10];
        y[0] ^= AesNi.EncryptLast(a, key); y[1] ^= AesNi.EncryptLast(b, key);
        y[2] ^= AesNi.EncryptLast(c, key); y[3] ^= AesNi.EncryptLast(d, key);
        y[4] ^= AesNi.EncryptLast(e, key); y[5] ^= AesNi.EncryptLast(f, key);
        y[6] ^= AesNi.EncryptLast(g, key); y[7] ^= AesNi.EncryptLast(h, key);
    }

    private void HashPortable(
        ReadOnlySpan<Vector128<byte>> x, Vector128<byte> offset, ulong firstIndex, Span<Vector128<byte>> destination)
    {
        Span<Vector128<byte>> inner = stackalloc Vector128<byte>[PortableBatch], outer = stackalloc Vector128<byte>[PortableBatch];
        for (int at = 0; at < x.Length; at += PortableBatch)
        {
            int count = Math.Min(PortableBatch, x.Length - at);
            for (int i = 0; i < count; i++) outer[i] = x[at + i] ^ offset;
            Permute(outer[..count], inner[..count]);
            for (int i = 0; i < count; i++)
                outer[i] = inner[i] ^ Vector128.Create(firstIndex + (ulong)(at + i), 0UL).AsByte();
            Permute(outer[..count], outer[..count]);
            for (int i = 0; i < count; i++) destination[at + i] = outer[i] ^ inner[i];
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(inner));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(outer));
    }

    private void Permute(ReadOnlySpan<Vector128<byte>> x, Span<Vector128<byte>> y) =>
        _portable!.EncryptEcb(MemoryMarshal.AsBytes(x), MemoryMarshal.AsBytes(y), PaddingMode.None);
}
