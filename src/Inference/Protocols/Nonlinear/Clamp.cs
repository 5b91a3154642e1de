using System.Collections.Immutable;
using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: additive shares modulo 2^l of min(max(x, Low), High), either bound may be absent; ReLU is Low = 0. Exact where x
/// minus a bound does not wrap; with <c>droppedBits</c> an x above a bound by less than 2^droppedBits may count as below it.
/// Security: semi-honest. One comparison for both bounds, then one multiplexer of the bit "between the bounds":
/// y = Low + [Low &lt;= x &lt; High] (x - Low) + [x >= High] (High - Low). Source: ReLU of CrypTFlow2, section 4.2. Departure: the last
/// term is a bit times a public number, at a fraction of a second multiplexer's cost.
/// </summary>
internal sealed class Clamp
{
    private readonly int _elements, _ringBits, _base;
    private readonly bool _onlyHigh;
    private readonly Comparison _comparison;
    private readonly Multiplexer _multiplexer;
    private readonly BitToArithmetic? _saturation;

    /// <exception cref="ArgumentException">Neither bound is given, or both are closer than the dropped bits.</exception>
    public Clamp(int elements, int ringBits, int? low, int? high, int droppedBits = 0)
    {
        ImmutableArray<int> bounds = [.. new[] { low, high }.Where(bound => bound.HasValue).Select(bound => bound!.Value)];
        if (bounds.IsEmpty) throw new ArgumentException("A clamp needs a bound.");
        if (bounds.Length == 2 && high - low < 1L << droppedBits)
            throw new ArgumentException("The bounds of a clamp are at least as far apart as its comparison tells apart.");
        (_elements, _ringBits, _base, _onlyHigh) = (elements, ringBits, bounds[0], low is null);
        _comparison = new Comparison(elements, ringBits, bounds, droppedBits);
        bool serverStarts = _comparison.ServerEndsRun;
        _multiplexer = new Multiplexer(elements, ringBits, serverStarts);
        if (bounds.Length == 2)
            _saturation = new BitToArithmetic(elements, ringBits, (uint)(bounds[1] - bounds[0]), serverStarts ? Role.Client : Role.Server);
    }

    public Correlation Prepare(Party party) =>
        new(_comparison.Prepare(party), _multiplexer.Prepare(party), _saturation?.Prepare(party));

    /// <inheritdoc cref="Comparison.FixChoices(Party, ComparisonCorrelation, ReadOnlySpan{uint})"/>
    public void FixChoices(Party party, Correlation correlation, ReadOnlySpan<uint> share) =>
        _comparison.FixChoices(party, correlation.Comparison, share);

    /// <inheritdoc cref="Prepare(Party)"/>
    public void Prepare(Script script)
    {
        _comparison.Prepare(script);
        _multiplexer.Prepare(script);
        _saturation?.Prepare(script);
    }

    /// <inheritdoc cref="Comparison.FixChoices(Script)"/>
    public void FixChoices(Script script) => _comparison.FixChoices(script);

    /// <summary>Clamps; choices were fixed before.</summary>
    public void Run(Script script)
    {
        _comparison.Run(script);
        script.Both(Work.Element, 4.0 * _elements);
        _saturation?.Begin(script);
        _multiplexer.Begin(script);
        _saturation?.Complete(script);
        _multiplexer.Complete(script);
    }

    /// <summary>Clamps.</summary>
    /// <param name="clamped">No overlap with <paramref name="share"/>.</param>
    public void Run(Party party, Correlation correlation, ReadOnlySpan<uint> share, Span<uint> clamped)
    {
        int words = _comparison.Words;
        using Rented<ulong> bits = new(_saturation is null ? words : 2 * words);
        _comparison.Run(party, correlation.Comparison, share, bits.Span);
        Span<ulong> inside = bits.Span[..words], above = bits.Span[words..];
        ulong flip = _onlyHigh && party.IsServer ? ulong.MaxValue : 0;
        for (int word = 0; word < words; word++) inside[word] ^= flip;
        for (int word = 0; word < above.Length; word++) inside[word] ^= above[word];
        using Rented<uint> excess = new(_elements);
        uint offset = party.IsServer ? (uint)_base : 0;
        for (int i = 0; i < _elements; i++) excess.Span[i] = share[i] - offset;
        clamped.Fill(offset & Ring.Mask(_ringBits));
        _saturation?.Begin(party, correlation.Saturation!, above);
        _multiplexer.Begin(party, correlation.Multiplexer, inside);
        _saturation?.Complete(party, correlation.Saturation!, above, clamped);
        _multiplexer.Complete(party, correlation.Multiplexer, inside, excess.Span, clamped);
    }

    /// <summary>One party's material; used once.</summary>
    internal sealed record Correlation(
        ComparisonCorrelation Comparison, Multiplexer.Correlation Multiplexer, AdditiveTransfer.Correlation? Saturation);
}
