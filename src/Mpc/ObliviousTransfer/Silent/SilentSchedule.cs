using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Mpc.ObliviousTransfer.Extension;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// The parameter sets of successive iterations; the last repeats. Each iteration keeps back what the next consumes.
/// Both parties use the same schedule.
/// </summary>
public sealed class SilentSchedule
{
    // A model of time for choosing only: 400 Mbit/s, and one core for trees and code, or for SoftSpoken's streams.
    private const double NanosecondsPerByte = 20, NanosecondsPerSample = 30, NanosecondsPerStreamed = 120;

    private readonly ImmutableArray<LpnParameters> _rows;

    internal SilentSchedule(params ReadOnlySpan<LpnParameters> rows)
    {
        if (rows.IsEmpty)
            throw new ParameterException("A schedule of silent transfer has at least one set of parameters.");
        _rows = [.. rows];
        for (int i = 0; i < rows.Length; i++)
            if (At(i).Samples <= At(i + 1).Consumed)
                throw new ParameterException(
                    $"Iteration {i} yields {At(i).Samples} transfers and the next consumes {At(i + 1).Consumed}.");
    }

    /// <summary>The cheapest climb from the smallest set, and then the cheapest set to stay at, for a demanded
    /// total.</summary>
    public static SilentSchedule For(long expectedCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(expectedCount);
        SilentSchedule best = Climb(0);
        for (int top = 1; top < LpnParameters.Table.Length; top++)
        {
            SilentSchedule candidate = Climb(top);
            if (candidate.EstimatedNanoseconds(expectedCount) < best.EstimatedNanoseconds(expectedCount)) best = candidate;
        }
        return best;
    }

    /// <summary>One set for every iteration, to measure what it takes.</summary>
    public static SilentSchedule Staying(LpnParameters row) => new(row);

    /// <summary>The parameters of an iteration, counted from 0.</summary>
    public LpnParameters At(long iteration) => _rows[(int)Math.Min(iteration, _rows.Length - 1)];

    /// <summary>What an iteration hands out: its samples less what the next consumes.</summary>
    public int Delivered(long iteration) => At(iteration).Samples - At(iteration + 1).Consumed;

    /// <summary>Modelled time to deliver a total, the bootstrap by SoftSpoken included.</summary>
    internal double EstimatedNanoseconds(long count)
    {
        double time = SoftSpokenNanoseconds(At(0).Consumed);
        for (long iteration = 0; count > 0; iteration++)
        {
            time += At(iteration).PayloadBytes * NanosecondsPerByte + At(iteration).Samples * NanosecondsPerSample;
            count -= Delivered(iteration);
        }
        return time;
    }

    /// <summary>Modelled time of the same total by SoftSpoken alone.</summary>
    internal static double SoftSpokenNanoseconds(long count) =>
        SoftSpokenLayout.CostOf(count, first: true).Payload * NanosecondsPerByte + count * NanosecondsPerStreamed;

    private static SilentSchedule Climb(int top)
    {
        ImmutableArray<LpnParameters> table = LpnParameters.Table;
        List<LpnParameters> rows = [table[0]];
        for (int at = 0; at < top;)
        {
            int next = top;
            while (table[at].Samples <= table[next].Consumed) next--;
            rows.Add(table[at = next]);
        }
        return new SilentSchedule([.. rows]);
    }
}
