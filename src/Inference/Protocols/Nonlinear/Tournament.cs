using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: for each of <c>outputs</c> places the largest of <c>candidates</c> shared numbers modulo 2^l, and with it the
/// payloads that travel along (an index, say); among equals the first. Exact where differences do not wrap. Security:
/// semi-honest, max(x, y) = y + [x - y >= 0] (x - y), in ceil(log2(candidates)) levels of one comparison each.
/// </summary>
internal sealed class Tournament
{
    private readonly int _outputs;
    private readonly int _ringBits;
    private readonly int _carried;
    private readonly List<Level> _levels = [];

    /// <param name="payloads">Numbers of the same ring that follow each candidate.</param>
    /// <param name="droppedBits">Of two numbers closer than 2^droppedBits either may win.</param>
    public Tournament(int outputs, int candidates, int ringBits, int payloads, int droppedBits = 0)
    {
        _outputs = outputs;
        _ringBits = ringBits;
        _carried = 1 + payloads;
        for (int left = candidates; left > 1; left = (left + 1) / 2)
        {
            int games = left / 2 * outputs;
            Comparison comparison = new(games, ringBits, [0], droppedBits);
            int stride = (games + 63) / 64 * 64;
            Multiplexer multiplexer = new((_carried - 1) * stride + games, ringBits, comparison.ServerEndsRun);
            _levels.Add(new Level(left / 2, stride, comparison, multiplexer));
        }
    }

    /// <inheritdoc cref="Prepare(Party)"/>
    public void Prepare(Script script)
    {
        foreach (Level level in _levels)
        {
            level.Comparison.Prepare(script);
            level.Multiplexer.Prepare(script);
        }
    }

    /// <summary>Plays all levels; choices travel online.</summary>
    public void Run(Script script)
    {
        foreach (Level level in _levels)
        {
            level.Comparison.FixChoices(script);
            level.Comparison.Run(script);
            script.Both(Work.Element, 6.0 * _carried * level.Pairs * _outputs);
            level.Multiplexer.Begin(script);
            level.Multiplexer.Complete(script);
        }
    }

    public Correlation Prepare(Party party) => new([.. _levels.Select(level =>
        (level.Comparison.Prepare(party), level.Multiplexer.Prepare(party)))]);

    /// <summary>
    /// Plays all levels. <paramref name="shares"/>[p] holds payload p (the values themselves at p = 0) as candidates x
    /// outputs; returns the winners in the same order.
    /// </summary>
    public uint[][] Run(Party party, Correlation correlation, uint[][] shares)
    {
        uint[][] current = shares;
        for (int i = 0; i < _levels.Count; i++)
            current = Play(party, _levels[i], correlation.Levels[i], current);
        return current;
    }

    private uint[][] Play(
        Party party, Level level, (ComparisonCorrelation Comparison, Multiplexer.Correlation Multiplexer) correlation, uint[][] shares)
    {
        int games = level.Pairs * _outputs, words = level.Comparison.Words;
        using Rented<uint> rented = new((_carried - 1) * level.Stride + games), sums = new(rented.Span.Length);
        Span<uint> differences = rented.Span;
        differences.Clear();
        uint[][] winners = new uint[_carried][];
        for (int payload = 0; payload < _carried; payload++)
        {
            uint[] from = shares[payload];
            winners[payload] = GC.AllocateUninitializedArray<uint>(from.Length - games);
            for (int pair = 0; pair < level.Pairs; pair++)
                Subtract(from.AsSpan(2 * pair * _outputs, _outputs), from.AsSpan((2 * pair + 1) * _outputs, _outputs),
                    differences.Slice(payload * level.Stride + pair * _outputs, _outputs));
        }
        using Rented<ulong> firstWins = new(_carried * words);
        level.Comparison.Run(party, correlation.Comparison, differences[..games], firstWins.Span[..words]);
        for (int payload = 1; payload < _carried; payload++) firstWins.Span[..words].CopyTo(firstWins.Span[(payload * words)..]);
        sums.Span.Clear();
        level.Multiplexer.Begin(party, correlation.Multiplexer, firstWins.Span);
        level.Multiplexer.Complete(party, correlation.Multiplexer, firstWins.Span, differences, sums.Span);
        for (int payload = 0; payload < _carried; payload++)
        {
            uint[] from = shares[payload], to = winners[payload];
            for (int pair = 0; pair < level.Pairs; pair++)
                Add(from.AsSpan((2 * pair + 1) * _outputs, _outputs),
                    sums.Span.Slice(payload * level.Stride + pair * _outputs, _outputs), to.AsSpan(pair * _outputs, _outputs));
            from.AsSpan(2 * games).CopyTo(to.AsSpan(games));
        }
        return winners;
    }

    private void Subtract(ReadOnlySpan<uint> left, ReadOnlySpan<uint> right, Span<uint> result)
    {
        uint mask = Ring.Mask(_ringBits);
        for (int i = 0; i < result.Length; i++) result[i] = (left[i] - right[i]) & mask;
    }

    private void Add(ReadOnlySpan<uint> left, ReadOnlySpan<uint> right, Span<uint> result)
    {
        uint mask = Ring.Mask(_ringBits);
        for (int i = 0; i < result.Length; i++) result[i] = (left[i] + right[i]) & mask;
    }

    private sealed record Level(int Pairs, int Stride, Comparison Comparison, Multiplexer Multiplexer);

    /// <summary>One party's material of every level; used once.</summary>
    internal sealed record Correlation(
        (ComparisonCorrelation Comparison, Multiplexer.Correlation Multiplexer)[] Levels);
}
