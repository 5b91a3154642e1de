using System.Collections.Immutable;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: additive shares modulo 2^l of min(max(x, Low), High), either bound may be absent; ReLU is Low = 0. Exact where x
/// minus a bound does not wrap. Security: semi-honest. One comparison for both bounds, then one multiplexer:
/// y = (Low or x) + [x >= Low] (x - Low) - [x >= High] (x - High). Source: ReLU of CrypTFlow2, section 4.2.
/// </summary>
internal sealed class Clamp
{
    private readonly int _elements;
    private readonly int _ringBits;
    private readonly int? _low;
    private readonly ImmutableArray<int> _bounds;
    private readonly Comparison _comparison;
    private readonly Multiplexer _multiplexer;

    /// <exception cref="ArgumentException">Neither bound is given.</exception>
    public Clamp(int elements, int ringBits, int? low, int? high)
    {
        _elements = elements;
        _ringBits = ringBits;
        _low = low;
        _bounds = [.. new[] { low, high }.Where(bound => bound.HasValue).Select(bound => bound!.Value)];
        if (_bounds.IsEmpty) throw new ArgumentException("A clamp needs a bound.");
        _comparison = new Comparison(elements, ringBits, _bounds);
        _multiplexer = new Multiplexer(Multiplexed, ringBits, _comparison.ServerEndsRun);
    }

    private int Stride => (_elements + 63) / 64 * 64;
    private int Multiplexed => (_bounds.Length - 1) * Stride + _elements;

    /// <summary>Payload bytes, corrections of choices included.</summary>
    public (long ClientToServer, long ServerToClient) Cost()
    {
        (long up, long down) = _comparison.Cost();
        return (up + _multiplexer.Cost(), down + _multiplexer.Cost());
    }

    public Transfers Transfers() => _comparison.Transfers() + _multiplexer.Transfers();

    public Correlation Prepare(Party party) => new(_comparison.Prepare(party), _multiplexer.Prepare(party));

    /// <inheritdoc cref="Comparison.FixChoices"/>
    public void FixChoices(Party party, Correlation correlation, ReadOnlySpan<uint> share) =>
        _comparison.FixChoices(party, correlation.Comparison, share);

    /// <summary>Clamps; <paramref name="clamped"/> may be <paramref name="share"/>.</summary>
    public void Run(Party party, Correlation correlation, ReadOnlySpan<uint> share, Span<uint> clamped)
    {
        ulong[][] bits = _comparison.Run(party, correlation.Comparison, share);
        uint[] excess = new uint[Multiplexed];
        for (int bound = 0; bound < _bounds.Length; bound++)
        {
            uint offset = party.IsServer ? (uint)_bounds[bound] : 0;
            for (int i = 0; i < _elements; i++) excess[bound * Stride + i] = share[i] - offset;
        }
        _multiplexer.Run(party, correlation.Multiplexer, [.. bits.SelectMany(plane => plane)], excess, excess);
        uint mask = Ring.Mask(_ringBits), low = party.IsServer ? (uint)_low.GetValueOrDefault() : 0;
        bool hasHigh = _bounds.Length == 2 || _low is null;
        int high = (_bounds.Length - 1) * Stride;
        for (int i = 0; i < _elements; i++)
        {
            uint value = _low is null ? share[i] : low + excess[i];
            clamped[i] = (hasHigh ? value - excess[high + i] : value) & mask;
        }
    }

    /// <summary>One party's material; used once.</summary>
    internal sealed record Correlation(ComparisonCorrelation Comparison, Multiplexer.Correlation Multiplexer);
}
