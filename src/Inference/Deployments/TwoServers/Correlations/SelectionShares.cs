using System.Collections.Immutable;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.Correlations.Dealing;
using Blindsight.Mpc.FunctionSecretSharing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>One server's shares for comparing opened numbers and selecting by the result (<see cref="SelectionShape"/>).</summary>
internal sealed record SelectionShares
{
    public required MaskedNumbers Numbers { get; init; }

    /// <summary>Shares of the payload's mask; empty where there is none.</summary>
    public required uint[] PayloadMask { get; init; }

    /// <summary>By digit, then element: a table's shares, as <see cref="SelectionShape.TableBits"/> says.</summary>
    public uint[][] Tables { get; init; } = [];

    /// <summary>Triples of the tree's inner levels.</summary>
    public NodeTriples[][] Inner { get; init; } = [];

    /// <summary>The comparison functions, where there are any.</summary>
    public FunctionShares? Functions { get; init; }

    /// <summary>
    /// Shares of the bits that mask the last opening: of less-than, then, where there are four cases, of the high group's equality and of the
    /// low group's less-than. <see cref="SelectionShape.PlaneWords"/> each.
    /// </summary>
    public required ulong[] LastMasks { get; init; }

    /// <summary>For each threshold and case what the opened bits select by.</summary>
    public required ImmutableArray<CaseShares> Cases { get; init; }

    /// <summary>Everything, where a prefix adder compares; the rest is then empty.</summary>
    public PrefixShares? Prefix { get; init; }

    public static SelectionShares Receive(SelectionShape shape, DealtStream stream, Func<FunctionShares> functions)
    {
        if (shape.ByPrefix)
            return new SelectionShares
            {
                Numbers = new([], [], []), PayloadMask = [], LastMasks = [], Cases = [], Prefix = PrefixShares.Receive(PrefixLayout.Of(shape), stream),
            };
        MaskedNumbers numbers = MaskedNumbers.Receive(stream, shape.Elements, shape.RingBits, shape.OutputBits);
        uint[] payload = new uint[shape.HasPayload ? shape.Elements : 0];
        stream.Uniform(shape.RingBits, payload);
        uint[][] tables = shape.ByTables ? [.. shape.Tree.DigitBits.Select((_, digit) => Table(shape, stream, digit))] : [];
        NodeTriples[][] inner = [.. Enumerable.Range(0, shape.InnerLevels).Select(level =>
            shape.Tree.Levels[level].Select(node => Triples(shape, stream, node.KeepsEquality)).ToArray())];
        FunctionShares? keys = shape.ByTables ? null : functions();
        if (keys is not null) stream.Uniform(keys.Roots.AsSpan());
        ulong[] last = new ulong[shape.LastBits * shape.PlaneWords];
        stream.UniformBits(last);
        ImmutableArray<CaseShares> cases = [.. Enumerable.Range(0, shape.Thresholds * shape.Cases).Select(_ => CaseShares.Receive(shape, stream))];
        return new SelectionShares
        {
            Numbers = numbers, PayloadMask = payload, Tables = tables, Inner = inner, Functions = keys, LastMasks = last, Cases = cases,
        };
    }

    private static uint[] Table(SelectionShape shape, DealtStream stream, int digit)
    {
        uint[] table = new uint[shape.Elements];
        stream.Dealt(shape.TableBits(digit), table);
        return table;
    }

    private static NodeTriples Triples(SelectionShape shape, DealtStream stream, bool keepsEquality)
    {
        int words = shape.PlaneWords, pair = keepsEquality ? words : 0;
        NodeTriples triples = new(new ulong[words], new ulong[words], new ulong[pair], new ulong[words], new ulong[pair]);
        stream.UniformBits(triples.A);
        stream.UniformBits(triples.B);
        stream.UniformBits(triples.C);
        stream.DealtBits(triples.Ab);
        stream.DealtBits(triples.Ac);
        return triples;
    }
}

/// <summary>Keys of comparison functions and this server's roots.</summary>
/// <param name="FirstIndex">Of the batch in the query, which the hash is tweaked by.</param>
internal sealed record FunctionShares(ComparisonKeys Keys, Block[] Roots, ulong FirstIndex, Arithmetic.Randomness.CorrelationRobustHash Hash);

/// <summary>Shares of a secret bit t of each element and of its products.</summary>
/// <param name="Bit">t modulo 2^k.</param>
/// <param name="Wide">t s(b) modulo 2^k.</param>
/// <param name="Wrap">2^l t msb(b) modulo 2^k; empty where k = l.</param>
/// <param name="Payload">t times the payload's negated mask modulo 2^l; empty where there is none.</param>
internal sealed record CaseShares(uint[] Bit, uint[] Wide, uint[] Wrap, uint[] Payload)
{
    public static CaseShares Receive(SelectionShape shape, DealtStream stream)
    {
        int n = shape.Elements;
        CaseShares shares = new(new uint[n], new uint[n], new uint[shape.Widens ? n : 0], new uint[shape.HasPayload ? n : 0]);
        stream.Dealt(shape.OutputBits, shares.Bit);
        stream.Dealt(shape.OutputBits, shares.Wide);
        if (shape.Widens) stream.Dealt(shape.OutputBits - shape.RingBits, shares.Wrap);
        for (int i = 0; i < shares.Wrap.Length; i++) shares.Wrap[i] <<= shape.RingBits;
        stream.Dealt(shape.RingBits, shares.Payload);
        return shares;
    }
}
