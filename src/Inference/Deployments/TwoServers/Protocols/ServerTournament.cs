using System.Collections.Immutable;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// Functionality: for each of <c>outputs</c> places the largest of <c>candidates</c> shared numbers modulo 2^l, and with it a payload that travels
/// along (an index); among equals the first. Exact where differences do not wrap. Winners are shared modulo 2^k, if the candidates
/// are. Security: semi-honest, max(x, y) = y + [x >= y] (x - y), one <see cref="Selection"/> for each of ceil(log2(candidates)) levels.
/// </summary>
internal sealed class ServerTournament
{
    private readonly int _outputs, _heldBits;
    private readonly bool _hasPayload;

    public ServerTournament(ComparisonMethod method, int outputs, int candidates, int ringBits, int heldBits, bool hasPayload, int droppedBits)
    {
        (_outputs, _heldBits, _hasPayload) = (outputs, heldBits, hasPayload);
        ImmutableArray<SelectionShape>.Builder levels = ImmutableArray.CreateBuilder<SelectionShape>();
        for (int left = candidates; left > 1; left = (left + 1) / 2)
            levels.Add(new SelectionShape(method, left / 2 * outputs, ringBits, heldBits, 1, droppedBits, hasPayload));
        Shapes = levels.ToImmutable();
    }

    /// <summary>One a level.</summary>
    public ImmutableArray<SelectionShape> Shapes { get; }

    public OpeningCost Cost => Shapes.Aggregate(default(OpeningCost), (sum, shape) => sum + Selection.Cost(shape));

    public Correlation<SelectionShares>[] Prepare(ICorrelationSource source) => [.. Shapes.Select(source.Take)];

    /// <summary>Plays all levels.</summary>
    /// <param name="values">Candidate after candidate, places side by side.</param>
    /// <param name="payload">In the same order, or empty.</param>
    public (uint[] Values, uint[] Payload) Run(ServerParty party, Correlation<SelectionShares>[] correlations, uint[] values, uint[] payload)
    {
        for (int level = 0; level < Shapes.Length; level++)
        {
            SelectionShape shape = Shapes[level];
            int games = shape.Elements;
            uint[] differences = Differences(values, games), payloadDifferences = _hasPayload ? Differences(payload, games) : [];
            uint[] gains = new uint[games], payloadGains = new uint[payloadDifferences.Length];
            Selection.Run(party, shape, correlations[level], differences, [0], payloadDifferences, [gains], payloadGains);
            values = Winners(values, gains, _heldBits);
            if (_hasPayload) payload = Winners(payload, payloadGains, shape.RingBits);
        }
        return (values, payload);
    }

    private uint[] Differences(uint[] from, int games)
    {
        uint[] differences = new uint[games];
        for (int game = 0; game < games; game++)
        {
            int at = game / _outputs * 2 * _outputs + game % _outputs;
            differences[game] = from[at] - from[at + _outputs];
        }
        return differences;
    }

    /// <summary>The second of each pair and what the first gains on it; one without a partner goes on.</summary>
    private uint[] Winners(uint[] from, uint[] gains, int bits)
    {
        uint[] winners = new uint[from.Length - gains.Length];
        uint mask = Ring.Mask(bits);
        for (int game = 0; game < gains.Length; game++)
        {
            int second = game / _outputs * 2 * _outputs + _outputs + game % _outputs;
            winners[game] = (from[second] + gains[game]) & mask;
        }
        from.AsSpan(2 * gains.Length).CopyTo(winners.AsSpan(gains.Length));
        return winners;
    }
}
