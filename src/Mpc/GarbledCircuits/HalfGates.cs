using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.GarbledCircuits;

/// <summary>
/// Garbles and evaluates many instances of one circuit. Functionality: from a label for each bit of an input, and nothing else, an evaluator
/// obtains a label for each bit of the output. Security: privacy against a semi-honest evaluator, in the model of
/// <see cref="CorrelationRobustHash"/> (two AES a hash: four hashes an AND at the garbler, two at the evaluator). Source: Zahur, Rosulek, Evans,
/// "Two Halves Make a Whole", EUROCRYPT 2015, figure 2; free XOR after Kolesnikov, Schneider (2008). Departure: inputs may be inverted for free by taking
/// the other label for zero.
/// </summary>
/// <remarks>
/// The label of a 1 is that of the 0 xor Delta; bit 0 of Delta is set, and bit 0 of a label is the colour by which rows are pointed to. Labels
/// lie wire by wire, instances side by side, so that hashes run over instances, eight in flight. Half gate h (two a gate, in order) of instance j uses
/// the tweak firstTweak + h * instances + j, at both parties. Constant time: gates and their order are public; no branch or index depends on labels.
/// </remarks>
public static class HalfGates
{
    /// <summary>Ciphertexts of an AND.</summary>
    public const int BlocksAnd = 2;

    private const int Batch = 64;

    /// <summary>Tweaks that a call uses.</summary>
    public static ulong Tweaks(Circuit circuit, int instances) => (ulong)BlocksAnd * (ulong)circuit.Ands * (ulong)instances;

    /// <summary>The garbler's part.</summary>
    /// <param name="hash">No tweak of it serves another purpose under the same <paramref name="delta"/>.</param>
    /// <param name="delta">Secret, uniform but for bit 0, which is set.</param>
    /// <param name="labels">
    /// Slots * instances: in the slots of the inputs the labels of 0, replaced by those of all slots after the last gate.
    /// </param>
    /// <param name="tables">Filled with Ands * 2 * instances ciphertexts; no overlap with the labels.</param>
    public static void Garble(Circuit circuit, CorrelationRobustHash hash, ulong firstTweak, Block delta, int instances,
        Span<Block> labels, Span<Block> tables)
    {
        Check(circuit, instances, labels, tables);
        if ((delta.ToScalar() & 1) == 0) throw new ArgumentException("Bit 0 of Delta is the colour.", nameof(delta));
        Span<Block> hashes = stackalloc Block[4 * Batch];
        foreach (Gate gate in circuit.Gates)
        {
            Span<Block> a = Of(labels, gate.A, instances), b = Of(labels, gate.B, instances), c = Of(labels, gate.Output, instances);
            if (gate.Kind == GateKind.Xor)
            {
                Xor(a, b, c);
                continue;
            }
            Block invertA = gate.InvertA ? delta : default, invertB = gate.InvertB ? delta : default;
            for (int from = 0; from < instances; from += Batch)
            {
                int count = Math.Min(Batch, instances - from);
                Span<Block> a0 = a.Slice(from, count), b0 = b.Slice(from, count);
                ulong tweak = firstTweak + (ulong)from, second = tweak + (ulong)instances;
                hash.Hash(a0, invertA, tweak, hashes[..count]);
                hash.Hash(a0, invertA ^ delta, tweak, hashes.Slice(Batch, count));
                hash.Hash(b0, invertB, second, hashes.Slice(2 * Batch, count));
                hash.Hash(b0, invertB ^ delta, second, hashes.Slice(3 * Batch, count));
                GarbleAnd(a0, b0, invertA, invertB, delta, hashes,
                    tables.Slice(from, count), tables.Slice(instances + from, count), c.Slice(from, count));
            }
            tables = tables[(BlocksAnd * instances)..];
            firstTweak += (ulong)BlocksAnd * (ulong)instances;
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(hashes));
    }

    /// <summary>The evaluator's part.</summary>
    /// <param name="labels">Slots * instances: in the slots of the inputs the labels of their bits; replaced as in garbling.</param>
    /// <param name="tables">From the garbler.</param>
    public static void Evaluate(Circuit circuit, CorrelationRobustHash hash, ulong firstTweak, int instances,
        Span<Block> labels, ReadOnlySpan<Block> tables)
    {
        Check(circuit, instances, labels, tables);
        Span<Block> hashes = stackalloc Block[2 * Batch];
        foreach (Gate gate in circuit.Gates)
        {
            Span<Block> a = Of(labels, gate.A, instances), b = Of(labels, gate.B, instances), c = Of(labels, gate.Output, instances);
            if (gate.Kind == GateKind.Xor)
            {
                Xor(a, b, c);
                continue;
            }
            for (int from = 0; from < instances; from += Batch)
            {
                int count = Math.Min(Batch, instances - from);
                ReadOnlySpan<Block> someA = a.Slice(from, count), someB = b.Slice(from, count);
                hash.Hash(someA, default, firstTweak + (ulong)from, hashes[..count]);
                hash.Hash(someB, default, firstTweak + (ulong)(instances + from), hashes.Slice(Batch, count));
                EvaluateAnd(someA, someB, hashes, tables.Slice(from, count), tables.Slice(instances + from, count), c.Slice(from, count));
            }
            tables = tables[(BlocksAnd * instances)..];
            firstTweak += (ulong)BlocksAnd * (ulong)instances;
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(hashes));
    }

    /// <summary>All ones where bit 0 of the label is set.</summary>
    internal static Block Colour(Block label) => Vector128.Create(0UL - (label.AsUInt64().ToScalar() & 1)).AsByte();

    private static void GarbleAnd(ReadOnlySpan<Block> a, ReadOnlySpan<Block> b, Block invertA, Block invertB, Block delta,
        ReadOnlySpan<Block> hashes, Span<Block> generator, Span<Block> evaluator, Span<Block> c)
    {
        int count = a.Length;
        ReadOnlySpan<Block> hashA0 = hashes[..count], hashA1 = hashes.Slice(Batch, count);
        ReadOnlySpan<Block> hashB0 = hashes.Slice(2 * Batch, count), hashB1 = hashes.Slice(3 * Batch, count);
        for (int j = 0; j < count; j++)
        {
            Block a0 = a[j] ^ invertA, b0 = b[j] ^ invertB, colourB = Colour(b0);
            Block forGenerator = hashA0[j] ^ hashA1[j] ^ (delta & colourB), both = hashB0[j] ^ hashB1[j];
            generator[j] = forGenerator;
            evaluator[j] = both ^ a0;
            c[j] = hashA0[j] ^ (forGenerator & Colour(a0)) ^ hashB0[j] ^ (both & colourB);
        }
    }

    private static void EvaluateAnd(ReadOnlySpan<Block> a, ReadOnlySpan<Block> b, ReadOnlySpan<Block> hashes,
        ReadOnlySpan<Block> generator, ReadOnlySpan<Block> evaluator, Span<Block> c)
    {
        int count = a.Length;
        ReadOnlySpan<Block> hashA = hashes[..count], hashB = hashes.Slice(Batch, count);
        for (int j = 0; j < count; j++)
            c[j] = hashA[j] ^ (generator[j] & Colour(a[j])) ^ hashB[j] ^ ((evaluator[j] ^ a[j]) & Colour(b[j]));
    }

    private static void Xor(ReadOnlySpan<Block> a, ReadOnlySpan<Block> b, Span<Block> c)
    {
        for (int j = 0; j < c.Length; j++) c[j] = a[j] ^ b[j];
    }

    private static Span<Block> Of(Span<Block> labels, int slot, int instances) => labels.Slice(slot * instances, instances);

    private static void Check(Circuit circuit, int instances, ReadOnlySpan<Block> labels, ReadOnlySpan<Block> tables)
    {
        if (instances < 1 || labels.Length != (long)circuit.Slots * instances)
            throw new ArgumentException($"{circuit.Slots} labels an instance are needed.", nameof(labels));
        if (tables.Length != (long)BlocksAnd * circuit.Ands * instances)
            throw new ArgumentException($"{BlocksAnd * circuit.Ands} ciphertexts an instance are needed.", nameof(tables));
    }
}
