using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>How many products a parallel prefix adder takes for the sign of l-bit numbers and the selection behind it; public.</summary>
/// <param name="Numbers">Comparisons at once: elements times thresholds.</param>
internal readonly record struct PrefixLayout(int Numbers, int RingBits, bool HasPayload)
{
    public static PrefixLayout Of(SelectionShape shape) => new(shape.Elements * shape.Thresholds, shape.RingBits, shape.HasPayload);

    /// <summary>Words of one bit of every number.</summary>
    public int Words => BitPlanes.PlaneWords(Numbers);

    /// <summary>Bits whose carry into the highest is wanted.</summary>
    public int Leaves => RingBits - 1;

    /// <summary>Bit products of each level, leaves first.</summary>
    public IEnumerable<int> Levels
    {
        get
        {
            yield return Leaves;
            for (int groups = Leaves; groups > 1; groups = (groups + 1) / 2) yield return 2 * (groups / 2) - 1;
        }
    }

    /// <summary>Products of numbers in the selection.</summary>
    public int Products => (HasPayload ? 4 : 2) * Numbers;

    public long CorrectionBytes => (long)Levels.Sum() * Words * sizeof(ulong) + BitPacking.PackedBytes(Products, RingBits);
}

/// <summary>One server's shares of triples of bits, level by level, and of numbers modulo 2^l: generic, as in Sonic.</summary>
internal sealed record PrefixShares(BitTripleShares[] Levels, uint[] A, uint[] B, uint[] Ab)
{
    public static PrefixShares Receive(PrefixLayout layout, DealtStream stream)
    {
        BitTripleShares[] levels = [.. layout.Levels.Select(products => BitTripleShares.Receive(products * layout.Words, stream))];
        PrefixShares shares = new(levels, new uint[layout.Products], new uint[layout.Products], new uint[layout.Products]);
        stream.Uniform(layout.RingBits, shares.A);
        stream.Uniform(layout.RingBits, shares.B);
        stream.Dealt(layout.RingBits, shares.Ab);
        return shares;
    }

    /// <summary>The dealer's part.</summary>
    public static void Deal(PrefixLayout layout, DealerStreams streams)
    {
        foreach (int products in layout.Levels) BitTripleShares.Deal(products * layout.Words, streams);
        uint[] a = new uint[layout.Products], b = new uint[layout.Products];
        streams.Uniform(layout.RingBits, a);
        streams.Uniform(layout.RingBits, b);
        for (int i = 0; i < a.Length; i++) a[i] *= b[i];
        streams.Deal(layout.RingBits, a);
        MaskedNumbers.Clear(a);
        MaskedNumbers.Clear(b);
    }
}

/// <summary>Shares of bits a, b and ab.</summary>
internal sealed record BitTripleShares(ulong[] A, ulong[] B, ulong[] Ab)
{
    public static BitTripleShares Receive(int words, DealtStream stream)
    {
        BitTripleShares shares = new(new ulong[words], new ulong[words], new ulong[words]);
        stream.UniformBits(shares.A);
        stream.UniformBits(shares.B);
        stream.DealtBits(shares.Ab);
        return shares;
    }

    public static void Deal(int words, DealerStreams streams)
    {
        ulong[] a = new ulong[words], b = new ulong[words];
        streams.UniformBits(a);
        streams.UniformBits(b);
        for (int i = 0; i < a.Length; i++) a[i] &= b[i];
        streams.DealBits(a);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(a.AsSpan()));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(b.AsSpan()));
    }
}
