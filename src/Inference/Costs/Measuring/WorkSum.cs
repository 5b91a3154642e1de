using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Adds up one party's computation of a script.</summary>
internal sealed class WorkSum(MachineCosts costs, Role role) : Script
{
    private readonly Dictionary<Work, (double Ns, double Units)> _sums = [];

    /// <summary>Nanoseconds of everything but one kind.</summary>
    public double NsWithout(Work work) => _sums.Where(entry => entry.Key != work).Sum(entry => entry.Value.Ns);

    /// <summary>Units of a kind.</summary>
    public double UnitsOf(Work work) => _sums[work].Units;

    public override void Does(Role party, Work work, double units = 1, int width = 0)
    {
        if (party != role) return;
        (double ns, double sum) = _sums.GetValueOrDefault(work);
        _sums[work] = (ns + (costs.Costs.TryGetValue(work, out WorkCost? cost) ? cost.Of(units, width) : 0), sum + units);
    }

    public override void Sends(Role party, long bytes) { }

    public override void Receives(Role party) { }

    public override void Flushes(Role party) { }

    public override void Extends(Role sender, long transfers) { }
}
