using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Bits;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>How many products a parallel prefix adder takes for the sign of l-bit numbers and the selection behind it; public.</summary>
/// <param name="Numbers">Comparisons at once: elements times thresholds.</param>
/// <param name="TruncatedBits">Most low bits that results lose.</param>
internal readonly record struct PrefixLayout(int Numbers, int RingBits, bool HasPayload, int TruncatedBits)
{
    public static PrefixLayout Of(SelectionShape shape) =>
        new(shape.Elements * shape.Thresholds, shape.RingBits, shape.HasPayload, shape.TruncatedBits);

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

    public long CorrectionBytes => (long)Levels.Sum() * Words * sizeof(ulong) + BitPacking.PackedBytes(Products, RingBits)
        + (TruncatedBits > 0 ? BitPacking.PackedBytes(Numbers, TruncatedBits) : 0);
}

/// <summary>One server's shares of triples of bits, level by level, and of numbers modulo 2^l: generic, as in Sonic.</summary>
/// <param name="Tops">What truncates; empty where nothing does.</param>
internal sealed record PrefixShares(BitTripleShares[] Levels, uint[] A, uint[] B, uint[] Ab, TopShares Tops)
{
    public static PrefixShares Receive(PrefixLayout layout, DealtStream stream)
    {
        BitTripleShares[] levels = [.. layout.Levels.Select(products => BitTripleShares.Receive(products * layout.Words, stream))];
        PrefixShares shares = new(levels, new uint[layout.Products], new uint[layout.Products], new uint[layout.Products], TopShares.Of(layout));
        stream.Uniform(layout.RingBits, shares.A);
        stream.Uniform(layout.RingBits, shares.B);
        stream.Dealt(layout.RingBits, shares.Ab);
        if (layout.TruncatedBits > 0) shares.Tops.Receive(layout, stream);
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
        if (layout.TruncatedBits > 0) TopShares.Deal(layout, streams);
    }
}

/// <summary>For products of a bit that one server knows with a bit that the other knows: bits that mask them.</summary>
/// <param name="Own">This server's own mask of each, 0 or 1.</param>
/// <param name="Product">A share modulo 2^TruncatedBits of the product of both servers' masks.</param>
internal sealed record TopShares(uint[] Own, uint[] Product)
{
    /// <summary>Zeroes.</summary>
    public static TopShares Of(PrefixLayout layout)
    {
        int count = layout.TruncatedBits > 0 ? layout.Numbers : 0;
        return new(new uint[count], new uint[count]);
    }

    public void Receive(PrefixLayout layout, DealtStream stream)
    {
        stream.Uniform(1, Own);
        stream.Dealt(layout.TruncatedBits, Product);
    }

    public static void Deal(PrefixLayout layout, DealerStreams streams)
    {
        uint[] first = new uint[layout.Numbers], second = new uint[layout.Numbers];
        streams.Uniform(1, first, second);
        for (int i = 0; i < first.Length; i++) first[i] &= second[i];
        streams.Deal(layout.TruncatedBits, first);
        MaskedNumbers.Clear(first);
        MaskedNumbers.Clear(second);
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
