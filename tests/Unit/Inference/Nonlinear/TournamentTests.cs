using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Unit.Inference.Nonlinear;

public sealed class TournamentTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(10)]
    public void The_largest_wins_and_the_first_among_equals(int candidates)
    {
        const int Outputs = 33, Bits = 16;
        int[] values = [.. Enumerable.Range(0, candidates * Outputs).Select(i => (i * 7919 % 13 - 6) * 1000)];
        int[] indices = [.. Enumerable.Range(0, candidates * Outputs).Select(i => i / Outputs)];
        (uint[] valuesC, uint[] valuesS) = TestParties.Share(values, Bits, 1);
        (uint[] indicesC, uint[] indicesS) = TestParties.Share(indices, Bits, 2);
        Tournament tournament = new(Outputs, candidates, Bits, payloads: 1);
        uint[][] Play(Party party, uint[] v, uint[] i) => tournament.Run(party, tournament.Prepare(party), [v, i]);
        var result = TestParties.Run(party => Play(party, valuesC, indicesC), party => Play(party, valuesS, indicesS));
        int[] largest = TestParties.Reconstruct(result.First[0], result.Second[0], Bits);
        int[] winners = TestParties.Reconstruct(result.First[1], result.Second[1], Bits);
        for (int output = 0; output < Outputs; output++)
        {
            int[] field = [.. Enumerable.Range(0, candidates).Select(candidate => values[candidate * Outputs + output])];
            Assert.Equal(field.Max(), largest[output]);
            Assert.Equal(Array.IndexOf(field, field.Max()), winners[output]);
        }
        (long up, long down) = Tally.Of(tournament.Prepare, tournament.Run).Bytes;
        Assert.Equal(up, result.FirstCounters.PayloadSent);
        Assert.Equal(down, result.FirstCounters.PayloadReceived);
    }

    [Fact]
    public void Without_low_bits_a_candidate_wins_that_is_smaller_by_less_than_they_hold_at_each_level()
    {
        const int Outputs = 2000, Candidates = 3, Bits = 12, Dropped = 3, Levels = 2;
        Random random = new(1);
        int[] values = [.. Enumerable.Range(0, Candidates * Outputs).Select(_ => random.Next(-30, 31))];
        (uint[] client, uint[] server) = TestParties.Share(values, Bits, 1);
        Tournament tournament = new(Outputs, Candidates, Bits, payloads: 0, Dropped);
        uint[] Play(Party party, uint[] share) => tournament.Run(party, tournament.Prepare(party), [share])[0];
        var result = TestParties.Run(party => Play(party, client), party => Play(party, server));
        int[] winners = TestParties.Reconstruct(result.First, result.Second, Bits);
        int smaller = 0;
        for (int output = 0; output < Outputs; output++)
        {
            int[] field = [.. Enumerable.Range(0, Candidates).Select(candidate => values[candidate * Outputs + output])];
            Assert.Contains(winners[output], field);
            Assert.InRange(field.Max() - winners[output], 0, Levels * ((1 << Dropped) - 1));
            if (winners[output] < field.Max()) smaller++;
        }
        Assert.NotEqual(0, smaller);
    }
}
