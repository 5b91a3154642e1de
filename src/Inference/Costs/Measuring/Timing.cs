using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Times work on the calling thread: warmed up, often enough, the middle of what was seen.</summary>
internal static class Timing
{
    private const int WarmUps = 3, RepeatsMin = 5, RepeatsMax = 400;
    private const double BudgetNs = 40e6;

    /// <summary>Nanoseconds of work that can be done again and again.</summary>
    public static double Of(Action work) => Of(() => true, _ => work());

    /// <summary>Nanoseconds of work on what was made for it, the making not counted.</summary>
    public static double Of<T>(Func<T> make, Action<T> work)
    {
        for (int i = 0; i < WarmUps; i++) work(make());
        List<double> seen = [];
        double start = ThreadClock.Now();
        while (seen.Count < RepeatsMin || (seen.Count < RepeatsMax && ThreadClock.Now() - start < BudgetNs))
        {
            T made = make();
            double before = ThreadClock.Now();
            work(made);
            seen.Add(ThreadClock.Now() - before);
            (made as IDisposable)?.Dispose();
        }
        seen.Sort();
        // Disturbances only add.
        return seen[seen.Count / 4];
    }

    /// <summary>Intercept and slope through two sizes, neither negative.</summary>
    public static (double CallNs, double UnitNs) Line(Func<int, double> time, int small, int large, int callsOfLarge = 1)
    {
        double few = time(small), many = time(large);
        double unit = Math.Max(0, (many - callsOfLarge * few) / (large - (double)callsOfLarge * small));
        return (Math.Max(0, few - unit * small), unit);
    }

    /// <summary>The same as a cost without widths.</summary>
    public static WorkCost Cost(Func<int, double> time, int small, int large, int callsOfLarge = 1)
    {
        (double call, double unit) = Line(time, small, large, callsOfLarge);
        return WorkCost.Of(call, unit);
    }

    /// <summary>A party that talks to nobody, with transfers for nothing.</summary>
    public static Party Alone(Role role) => new(role, new SilentPeer(), new FreeTransfers(), CorrelationRobustHash.ForConnection([], "measuring"),
        new FreeTransfers(), CorrelationRobustHash.ForConnection([], "measuring"), Randomness());

    /// <summary>For measuring only.</summary>
    public static Prg Randomness() => Prg.Derive([], "measuring");
}
