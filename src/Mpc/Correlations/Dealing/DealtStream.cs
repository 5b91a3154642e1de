using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.Correlations.Dealing;

/// <summary>
/// One party's side of correlations that a dealer compressed to seeds (<see cref="DealerStreams"/>). The first party needs its seed
/// alone; the second reads corrections for every value that the dealer chose. A seed is expanded once.
/// </summary>
public sealed class DealtStream : IDisposable
{
    /// <summary>Bytes of a seed.</summary>
    public const int SeedBytes = 32;

    private readonly Prg _prg;
    private readonly bool _isFirst;
    private byte[] _corrections = [];
    private int _read;

    /// <param name="seed">This party's, uniform and used for nothing else.</param>
    /// <exception cref="ArgumentException">The seed has not 32 bytes.</exception>
    public DealtStream(ReadOnlySpan<byte> seed, bool isFirst) => (_prg, _isFirst) = (Expand(seed), isFirst);

    /// <summary>At the second party: the corrections of what is read until <see cref="End"/>. Taken over, not copied.</summary>
    public void Begin(byte[] corrections) => (_corrections, _read) = (corrections, 0);

    /// <exception cref="ProtocolException">Corrections are left over.</exception>
    public void End()
    {
        bool all = _read == _corrections.Length;
        CryptographicOperations.ZeroMemory(_corrections);
        (_corrections, _read) = ([], 0);
        if (!all) throw new ProtocolException(PeerFault.WrongLength, "corrections", "the dealer sent more than was dealt");
    }

    /// <summary>Shares of uniform numbers modulo 2^bits, bits from 1 to 32.</summary>
    public void Uniform(int bits, Span<uint> share) => Fill(_prg, bits, share);

    /// <summary>Shares of uniform bits.</summary>
    public void UniformBits(Span<ulong> words) => _prg.Fill(words);

    /// <summary>Uniform blocks of this party's own.</summary>
    public void Uniform(Span<Block> blocks) => _prg.Fill(blocks);

    /// <summary>Shares of numbers modulo 2^bits, or of words under exclusive or: the first party's are the same.</summary>
    /// <exception cref="ProtocolException">Too few corrections, or bits after the last.</exception>
    public void Dealt(int bits, Span<uint> share)
    {
        if (_isFirst)
        {
            Fill(_prg, bits, share);
            return;
        }
        if (!BitPacking.Unpack(Take(BitPacking.PackedBytes(share.Length, bits)), bits, share))
            throw new ProtocolException(PeerFault.MalformedMessage, "corrections", "bits follow the last number");
    }

    /// <summary>Shares of whole words of bits.</summary>
    /// <exception cref="ProtocolException">Too few corrections.</exception>
    public void DealtBits(Span<ulong> words)
    {
        if (_isFirst) _prg.Fill(words);
        else MemoryMarshal.Cast<byte, ulong>(Take(words.Length * sizeof(ulong))).CopyTo(words);
    }

    public void Dispose()
    {
        _prg.Dispose();
        CryptographicOperations.ZeroMemory(_corrections);
    }

    internal static Prg Expand(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes) throw new ArgumentException("A seed has 32 bytes.", nameof(seed));
        return Prg.Derive(seed, "dealt shares");
    }

    /// <summary>A word of 32 bits for each number, whatever its width; those of 16 bits and less take half a word.</summary>
    internal static void Fill(Prg prg, int bits, Span<uint> share)
    {
        uint mask = (uint)BitPacking.Mask(bits);
        if (bits > 16)
        {
            prg.Fill(share);
            for (int i = 0; i < share.Length; i++) share[i] &= mask;
            return;
        }
        // Half-words fill the upper half of the span and are spread from the lowest on, which never overtakes the reading.
        Span<ushort> halves = MemoryMarshal.Cast<uint, ushort>(share)[share.Length..];
        prg.Fill(halves);
        for (int i = 0; i < share.Length; i++) share[i] = halves[i] & mask;
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (_corrections.Length - _read < bytes)
            throw new ProtocolException(PeerFault.WrongLength, "corrections", "the dealer sent less than was dealt");
        _read += bytes;
        return _corrections.AsSpan(_read - bytes, bytes);
    }
}
