using System.Collections.Immutable;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>
/// Measures every kind of <see cref="Work"/> on this machine, in some twenty seconds: the classes that sessions run, each party by itself at two sizes,
/// and messages between two threads. Times are the thread's own where the system tells them. What a process's first inference takes beyond that, two
/// processes have to show (<see cref="WithFresh"/>).
/// </summary>
public static class MachineMeasurement
{
    /// <param name="machine">Its name, for people.</param>
    /// <param name="connect">Opens a connection to this process over the system's loopback.</param>
    /// <param name="progress">Told what is measured next.</param>
    /// <exception cref="OperationCanceledException">Cancelled between two measurements.</exception>
    public static MachineCosts Run(
        string machine, Func<(IChannel Here, IChannel There)> connect, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        (string Name, Action<IDictionary<Work, WorkCost>> Measure)[] parts =
        [
            ("keys and base transfers", SetupTimes.Sessions), ("packings", LinearTimes.Packings), ("ciphertexts", LinearTimes.Ciphertexts),
            ("clear products", LinearTimes.ClearProducts), ("transfers by columns", TransferTimes.Columns),
            ("silent transfers", TransferTimes.Silent), ("additive transfers", NonlinearTimes.Transfers),
            ("comparisons", NonlinearTimes.Comparisons), ("garbled circuits", NonlinearTimes.Garbling),
            ("passes", NonlinearTimes.Passes), ("products between two servers", OutsourcedTimes.Products),
            ("comparisons between two servers", OutsourcedTimes.Selections), ("messages", costs => ChannelTimes.Channels(costs, connect)),
        ];
        WarmUp.Run();
        Dictionary<Work, WorkCost> costs = new() { [Work.FreshOffline] = WorkCost.Of(0, 0), [Work.FreshOnline] = WorkCost.Of(0, 0) };
        foreach ((string name, Action<IDictionary<Work, WorkCost>> measure) in parts)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(name);
            measure(costs);
        }
        return new MachineCosts(machine, false, costs.ToImmutableSortedDictionary());
    }

    /// <summary>The costs with what the first inference of two processes took beyond its prediction, neither phase less than nothing.</summary>
    public static MachineCosts WithFresh(MachineCosts costs, double offlineSeconds, double onlineSeconds) => costs with
    {
        Costs = costs.Costs.SetItem(Work.FreshOffline, WorkCost.Of(0, 1e9 * Math.Max(0, offlineSeconds)))
            .SetItem(Work.FreshOnline, WorkCost.Of(0, 1e9 * Math.Max(0, onlineSeconds))),
    };
}
