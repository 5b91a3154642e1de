using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Exact bytes of ciphertexts and keys. Little-endian: kind (1 byte), level (1), digest of the parameters (8); of ciphertexts scale, magnitude and
/// deviation (8 each); of whatever has one, the seed (16) that stands for uniform halves; then canonical residues, packed at the size of
/// their prime, in the order of <see cref="Arithmetic.Ntt.NegacyclicNtt"/>. Thread-safe.
/// </summary>
/// <remarks>
/// Readers check kind, parameters and length before they allocate, and every residue. Level, scale, magnitude and deviation of a read
/// ciphertext are claims of whoever wrote it: compare them with what was agreed.
/// </remarks>
public sealed class CkksSerializer(CkksContext context)
{
    private const int KindBytes = 10, NumberBytes = 24;

    private readonly CkksParameters _parameters = context.Parameters;

    private enum Kind : byte { Ciphertext = 1, SeededCiphertext = 2, PublicKey = 3, RelinearizationKey = 4, GaloisKeys = 5 }

    public byte[] Write(CkksCiphertext ciphertext)
    {
        ciphertext.RequireContext(context);
        bool seeded = ciphertext.Seed is not null;
        byte[] bytes = Begin(seeded ? Kind.SeededCiphertext : Kind.Ciphertext, ciphertext.Level, CiphertextBytes(ciphertext.Level, seeded));
        Span<byte> to = WriteNumbers(ciphertext, bytes);
        if (seeded) to = Put(ciphertext.Seed, to);
        for (int row = 0; row < (seeded ? 1 : 2) * ciphertext.Level; row++) to = Pack(row % ciphertext.Level, ciphertext.Row(row), to);
        return bytes;
    }

    /// <exception cref="FormatException">The bytes are not a ciphertext of these parameters, written exactly so.</exception>
    public CkksCiphertext ReadCiphertext(ReadOnlySpan<byte> bytes)
    {
        Kind kind = KindOf(bytes);
        if (kind != Kind.SeededCiphertext) Expect(kind, Kind.Ciphertext);
        bool seeded = kind == Kind.SeededCiphertext;
        int level = LevelOf(bytes, 1);
        RequireLength(bytes.Length, CiphertextBytes(level, seeded));
        (double scale, CkksEstimate estimate) = ReadNumbers(bytes, level);
        ReadOnlySpan<byte> from = bytes[(KindBytes + NumberBytes)..];
        byte[]? seed = seeded ? from[..CkksSeed.Bytes].ToArray() : null;
        CkksCiphertext result = new(context, level, scale, estimate, seed);
        try
        {
            from = from[(seeded ? CkksSeed.Bytes : 0)..];
            for (int row = 0; row < (seeded ? 1 : 2) * level; row++) from = Unpack(row % level, from, result.Row(row));
            if (seed is not null) Expand(seed, result);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Length of a ciphertext of a level in bytes.</summary>
    /// <param name="seeded">Fresh from a <see cref="CkksSecretEncryptor"/>.</param>
    public int CiphertextBytes(int level, bool seeded) =>
        KindBytes + NumberBytes + (seeded ? CkksSeed.Bytes : 0) + (seeded ? 1 : 2) * Enumerable.Range(0, level).Sum(RowBytes);

    public byte[] Write(CkksPublicKey key)
    {
        byte[] bytes = Begin(Kind.PublicKey, _parameters.Levels, PublicKeyBytes);
        Span<byte> to = Put(key.Seed, bytes.AsSpan(KindBytes));
        for (int i = 0; i < _parameters.Levels; i++) to = Pack(i, key.B(i), to);
        return bytes;
    }

    /// <exception cref="FormatException">The bytes are not a public key of these parameters, written exactly so.</exception>
    public CkksPublicKey ReadPublicKey(ReadOnlySpan<byte> bytes)
    {
        Expect(KindOf(bytes), Kind.PublicKey);
        LevelOf(bytes, _parameters.Levels);
        RequireLength(bytes.Length, PublicKeyBytes);
        CkksPublicKey key = new(context, bytes.Slice(KindBytes, CkksSeed.Bytes).ToArray());
        try
        {
            ReadOnlySpan<byte> from = bytes[(KindBytes + CkksSeed.Bytes)..];
            for (int i = 0; i < _parameters.Levels; i++) from = Unpack(i, from, key.B(i));
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Length of a relinearisation key in bytes.</summary>
    public int RelinearizationKeyBytes => KindBytes + SwitchingKeyBytes;

    public byte[] Write(CkksRelinearizationKey key)
    {
        byte[] bytes = Begin(Kind.RelinearizationKey, _parameters.Levels, KindBytes + SwitchingKeyBytes);
        WriteSwitchingKey(key.Key, bytes.AsSpan(KindBytes));
        return bytes;
    }

    /// <exception cref="FormatException">The bytes are not a relinearisation key of these parameters, written exactly so.</exception>
    public CkksRelinearizationKey ReadRelinearizationKey(ReadOnlySpan<byte> bytes)
    {
        Expect(KindOf(bytes), Kind.RelinearizationKey);
        LevelOf(bytes, _parameters.Levels);
        RequireLength(bytes.Length, KindBytes + SwitchingKeyBytes);
        return new CkksRelinearizationKey(ReadSwitchingKey(bytes[KindBytes..]));
    }

    /// <summary>Length of keys of so many rotations in bytes, conjugation counted as one.</summary>
    public long GaloisKeysBytes(int count) => KindBytes + 4 + count * (4L + SwitchingKeyBytes);

    public byte[] Write(CkksGaloisKeys keys)
    {
        int[] elements = [.. keys.Elements];
        byte[] bytes = Begin(Kind.GaloisKeys, _parameters.Levels, checked((int)GaloisKeysBytes(elements.Length)));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(KindBytes), elements.Length);
        Span<byte> to = bytes.AsSpan(KindBytes + 4);
        foreach (int element in elements)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to, element);
            WriteSwitchingKey(keys[element].Key, to[4..]);
            to = to[(4 + SwitchingKeyBytes)..];
        }
        return bytes;
    }

    /// <summary>Keys of automorphisms in ascending order.</summary>
    /// <exception cref="FormatException">The bytes are not Galois keys of these parameters, written exactly so.</exception>
    public CkksGaloisKeys ReadGaloisKeys(ReadOnlySpan<byte> bytes)
    {
        Expect(KindOf(bytes), Kind.GaloisKeys);
        LevelOf(bytes, _parameters.Levels);
        if (bytes.Length < KindBytes + 4) throw new FormatException($"Galois keys have at least {KindBytes + 4} bytes, not {bytes.Length}");
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[KindBytes..]);
        if (count < 0 || count > _parameters.Degree) throw new FormatException($"{count} keys are not between 0 and {_parameters.Degree}");
        RequireLength(bytes.Length, GaloisKeysBytes(count));
        ReadOnlySpan<byte> from = bytes[(KindBytes + 4)..];
        List<GaloisKey> keys = [];
        try
        {
            for (int i = 0, last = 1; i < count; i++)
            {
                int element = BinaryPrimitives.ReadInt32LittleEndian(from);
                if (element <= last || element % 2 == 0 || element >= 2 * _parameters.Degree)
                    throw new FormatException($"the automorphism {element} is not odd, above {last} and below {2 * _parameters.Degree}");
                keys.Add(new GaloisKey(_parameters, last = element, ReadSwitchingKey(from[4..])));
                from = from[(4 + SwitchingKeyBytes)..];
            }
            return new CkksGaloisKeys(_parameters, keys);
        }
        catch
        {
            foreach (GaloisKey key in keys) key.Key.Dispose();
            throw;
        }
    }

    private int PublicKeyBytes => KindBytes + CkksSeed.Bytes + Enumerable.Range(0, _parameters.Levels).Sum(RowBytes);

    private int SwitchingKeyBytes => CkksSeed.Bytes + _parameters.Levels * Enumerable.Range(0, _parameters.Levels + 1).Sum(RowBytes);

    private int Bits(int prime) => 64 - (int)ulong.LeadingZeroCount(_parameters.Modulus(prime).Value);

    private int RowBytes(int prime) => BitPacking.PackedBytes(_parameters.Degree, Bits(prime));

    private void WriteSwitchingKey(SwitchingKey key, Span<byte> to)
    {
        using Scratch row = context.Take(_parameters.Degree, secret: false);
        to = Put(key.Seed, to);
        for (int digit = 0; digit < key.Digits; digit++)
            for (int prime = 0; prime < key.Moduli; prime++)
            {
                key.Read(digit, prime, false, row.Span);
                to = Pack(prime, row.Span, to);
            }
    }

    private SwitchingKey ReadSwitchingKey(ReadOnlySpan<byte> from)
    {
        SwitchingKey key = new(context, from[..CkksSeed.Bytes].ToArray());
        using Scratch row = context.Take(_parameters.Degree, secret: false);
        try
        {
            from = from[CkksSeed.Bytes..];
            for (int digit = 0; digit < key.Digits; digit++)
                for (int prime = 0; prime < key.Moduli; prime++)
                {
                    from = Unpack(prime, from, row.Span);
                    key.Write(digit, prime, false, row.Span);
                }
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private void Expand(byte[] seed, CkksCiphertext ciphertext)
    {
        using AesCounter stream = CkksSeed.Stream(_parameters, seed);
        for (int i = 0; i < ciphertext.Level; i++) CkksSeed.Uniform(_parameters.Modulus(i), stream, i, ciphertext.Residues(1, i));
    }

    private Span<byte> Pack(int prime, ReadOnlySpan<double> residues, Span<byte> to)
    {
        using Scratch scratch = context.Take(_parameters.Degree, secret: false);
        Span<ulong> words = MemoryMarshal.Cast<double, ulong>(scratch.Span);
        ResidueVector.ToCanonical(_parameters.Modulus(prime), residues, words);
        BitPacking.Pack<ulong>(words, Bits(prime), to[..RowBytes(prime)]);
        return to[RowBytes(prime)..];
    }

    private ReadOnlySpan<byte> Unpack(int prime, ReadOnlySpan<byte> from, Span<double> residues)
    {
        PrimeModulus modulus = _parameters.Modulus(prime);
        Span<ulong> words = MemoryMarshal.Cast<double, ulong>(residues);
        if (!BitPacking.Unpack(from[..RowBytes(prime)], Bits(prime), words)) throw new FormatException("the unused bits of a polynomial are not zero");
        ulong largest = 0;
        foreach (ulong word in words) largest = Math.Max(largest, word);
        if (largest >= modulus.Value) throw new FormatException($"the residue {largest} is not below its prime {modulus.Value}");
        ResidueVector.FromCanonical(modulus, words, residues);
        return from[RowBytes(prime)..];
    }

    private byte[] Begin(Kind kind, int level, int length)
    {
        byte[] bytes = new byte[length];
        (bytes[0], bytes[1]) = ((byte)kind, (byte)level);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(2), _parameters.Digest);
        return bytes;
    }

    private Kind KindOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < KindBytes) throw new FormatException($"a message has at least {KindBytes} bytes, not {bytes.Length}");
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[2..]) != _parameters.Digest)
            throw new FormatException("the message was written under other parameters");
        return (Kind)bytes[0];
    }

    private static void Expect(Kind actual, Kind expected)
    {
        if (actual != expected) throw new FormatException($"the message is of kind {(int)actual}, not {(int)expected}");
    }

    private int LevelOf(ReadOnlySpan<byte> bytes, int levelMin)
    {
        int level = bytes[1];
        if (level < levelMin || level > _parameters.Levels)
            throw new FormatException($"the level {level} is not between {levelMin} and {_parameters.Levels}");
        return level;
    }

    private static void RequireLength(long actual, long expected)
    {
        if (actual != expected) throw new FormatException($"the message has {actual} bytes, not {expected}");
    }

    private static Span<byte> WriteNumbers(CkksElement element, Span<byte> bytes)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[KindBytes..], element.Scale);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[(KindBytes + 8)..], element.Estimate.Magnitude);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[(KindBytes + 16)..], element.Estimate.Deviation);
        return bytes[(KindBytes + NumberBytes)..];
    }

    private (double Scale, CkksEstimate Estimate) ReadNumbers(ReadOnlySpan<byte> bytes, int level)
    {
        double scale = BinaryPrimitives.ReadDoubleLittleEndian(bytes[KindBytes..]);
        CkksEstimate estimate = new(BinaryPrimitives.ReadDoubleLittleEndian(bytes[(KindBytes + 8)..]),
            BinaryPrimitives.ReadDoubleLittleEndian(bytes[(KindBytes + 16)..]));
        if (!double.IsFinite(scale) || scale < 1) throw new FormatException("the scale is not a number of at least 1");
        try
        {
            estimate.CheckFit(_parameters, level, scale);
        }
        catch (ParameterException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
        return (scale, estimate);
    }

    private static Span<byte> Put(ReadOnlySpan<byte> part, Span<byte> to)
    {
        part.CopyTo(to);
        return to[part.Length..];
    }
}
