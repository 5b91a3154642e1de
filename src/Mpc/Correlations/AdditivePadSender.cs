using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.Correlations;

/// <summary>
/// The sender's half of the product of a receiver's bit by a sender's number. Functionality: for the receiver's bit c
/// and the sender's x, additive shares modulo 2^k of c*x. Security: semi-honest, in the correlation-robust model of
/// <see cref="CorrelationRobustHash"/>. Source: correlated oblivious transfer of Asharov, Lindell, Schneider, Zohner,
/// CCS 2013, section 5.4, choices made after the fact as in Beaver, CRYPTO 1995. One correlated transfer an element.
/// Constant time; no input or output.
/// </summary>
/// <remarks>
/// Offline <see cref="Generate"/>; the receiver sends c xor its random choice, one bit an element; <see cref="Mask"/>
/// gives the k bits an element that go back.
/// </remarks>
public static class AdditivePadSender
{
    private const int Batch = 128;

    /// <summary>The two pads of each element: H(q) and H(q xor Delta) modulo 2^k.</summary>
    public static void Generate(
        int bits, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> q, Block delta, Span<uint> zero, Span<uint> one)
    {
        if (zero.Length != q.Length || one.Length != q.Length)
            throw new ArgumentException("One transfer an element is needed.");
        Hash(bits, hash, firstIndex, q, default, zero);
        Hash(bits, hash, firstIndex, q, delta, one);
    }

    /// <summary>
    /// With r0, r1 the pads in the order that the correction d gives them: the share is -r0 and the message r0 + x -
    /// r1.
    /// </summary>
    /// <param name="zero">Pads; used up.</param>
    /// <param name="one">Pads; used up.</param>
    /// <param name="corrections">One an element, 64 a word.</param>
    /// <param name="x">The numbers, modulo 2^k.</param>
    /// <param name="shares">The sender's shares, modulo 2^k; may be x itself.</param>
    /// <param name="masked">The stream for the receiver: k bits an element.</param>
    public static void Mask(
        int bits, Span<uint> zero, Span<uint> one, ReadOnlySpan<ulong> corrections, ReadOnlySpan<uint> x, Span<uint> shares,
        Span<byte> masked)
    {
        if (one.Length != zero.Length || corrections.Length != BitPlanes.PlaneWords(zero.Length) || x.Length != zero.Length
            || shares.Length != zero.Length) throw new ArgumentException("One of everything an element is needed.");
        uint mask = (uint)BitPacking.Mask(bits);
        for (int i = 0; i < zero.Length; i++)
        {
            uint swap = 0u - (uint)(corrections[i >> 6] >> i & 1), both = (zero[i] ^ one[i]) & swap;
            uint r0 = zero[i] ^ both, r1 = one[i] ^ both;
            zero[i] = r0 + x[i] - r1;
            shares[i] = (0u - r0) & mask;
        }
        BitPacking.Pack<uint>(zero, bits, masked);
        zero.Clear();
        one.Clear();
    }

    internal static void Hash(
        int bits, CorrelationRobustHash hash, ulong firstIndex, ReadOnlySpan<Block> x, Block offset, Span<uint> pads)
    {
        if (bits is < 1 or > 32) throw new ArgumentOutOfRangeException(nameof(bits), bits, "The width is 1 to 32.");
        uint mask = (uint)BitPacking.Mask(bits);
        Span<ulong> hashes = stackalloc ulong[Batch];
        for (int at = 0; at < x.Length; at += Batch)
        {
            Span<ulong> some = hashes[..Math.Min(Batch, x.Length - at)];
            hash.HashLow(x.Slice(at, some.Length), offset, firstIndex + (ulong)at, some);
            Span<uint> output = pads.Slice(at, some.Length);
            for (int i = 0; i < some.Length; i++) output[i] = (uint)some[i] & mask;
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(hashes));
    }
}
