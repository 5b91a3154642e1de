using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.Correlations.Dealing;

/// <summary>
/// A dealer's side of correlations compressed to seeds. Uniform values cost nothing: both parties expand their shares from seeds of their own. Of a
/// value that the dealer chooses the first party expands its share, and the second gets the difference as a correction. Calls come in the
/// same order, with the same widths, as those of both parties' <see cref="DealtStream"/>. Constant time in all values.
/// </summary>
public sealed class DealerStreams : IDisposable
{
    private readonly Prg _first, _second;
    private byte[] _corrections = [];
    private uint[] _share = [];
    private int _filled;

    /// <param name="firstSeed">The seed that the first party was given.</param>
    /// <param name="secondSeed">The second party's.</param>
    public DealerStreams(ReadOnlySpan<byte> firstSeed, ReadOnlySpan<byte> secondSeed) =>
        (_first, _second) = (DealtStream.Expand(firstSeed), DealtStream.Expand(secondSeed));

    /// <summary>What the second party needs of what was dealt since <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Corrections => _corrections.AsSpan(0, _filled);

    /// <summary>Starts a message of at most so many bytes.</summary>
    public void Begin(int correctionBytes)
    {
        if (_corrections.Length < correctionBytes) _corrections = new byte[correctionBytes];
        _filled = 0;
    }

    /// <summary>Both parties' uniform shares modulo 2^bits, in words of 32.</summary>
    public void Uniform(int bits, Span<uint> first, Span<uint> second)
    {
        if (first.Length != second.Length) throw new ArgumentException("Both parties get as many shares.");
        DealtStream.Fill(_first, bits, first);
        DealtStream.Fill(_second, bits, second);
    }

    /// <summary>Uniform numbers modulo 2^bits: the sums of both parties' shares.</summary>
    public void Uniform(int bits, Span<uint> values)
    {
        Span<uint> share = Share(values.Length);
        Uniform(bits, values, share);
        uint mask = (uint)BitPacking.Mask(bits);
        for (int i = 0; i < values.Length; i++) values[i] = (values[i] + share[i]) & mask;
    }

    /// <summary>Uniform bits: the exclusive ors of both parties' shares.</summary>
    public void UniformBits(Span<ulong> words)
    {
        _first.Fill(words);
        Span<ulong> share = MemoryMarshal.Cast<uint, ulong>(Share(2 * words.Length));
        _second.Fill(share);
        for (int i = 0; i < words.Length; i++) words[i] ^= share[i];
    }

    /// <summary>Both parties' uniform blocks.</summary>
    public void Uniform(Span<Block> first, Span<Block> second)
    {
        _first.Fill(first);
        _second.Fill(second);
    }

    /// <summary>Shares numbers additively modulo 2^bits; higher bits are ignored.</summary>
    public void Deal(int bits, ReadOnlySpan<uint> values)
    {
        Span<uint> share = Share(values.Length);
        DealtStream.Fill(_first, bits, share);
        for (int i = 0; i < share.Length; i++) share[i] = values[i] - share[i];
        Append(bits, share);
    }

    /// <summary>Shares words of the given width by exclusive or; higher bits are ignored.</summary>
    public void DealXor(int bits, ReadOnlySpan<uint> values)
    {
        Span<uint> share = Share(values.Length);
        DealtStream.Fill(_first, bits, share);
        for (int i = 0; i < share.Length; i++) share[i] ^= values[i];
        Append(bits, share);
    }

    /// <summary>Shares whole words of bits by exclusive or.</summary>
    public void DealBits(ReadOnlySpan<ulong> words)
    {
        Span<ulong> share = MemoryMarshal.Cast<uint, ulong>(Share(2 * words.Length));
        _first.Fill(share);
        for (int i = 0; i < share.Length; i++) share[i] ^= words[i];
        MemoryMarshal.AsBytes(share).CopyTo(_corrections.AsSpan(_filled));
        _filled += words.Length * sizeof(ulong);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_share.AsSpan()));
        CryptographicOperations.ZeroMemory(_corrections);
    }

    private void Append(int bits, ReadOnlySpan<uint> corrections)
    {
        int bytes = BitPacking.PackedBytes(corrections.Length, bits);
        BitPacking.Pack(corrections, bits, _corrections.AsSpan(_filled, bytes));
        _filled += bytes;
    }

    private Span<uint> Share(int count)
    {
        if (_share.Length < count) _share = new uint[count];
        return _share.AsSpan(0, count);
    }
}
