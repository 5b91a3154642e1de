using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Pools;

namespace Blindsight.KernelProbe;

/// <summary>Uses up a pool of correlations, and writes down each number that it has used, until it is killed or nothing is left.</summary>
internal static class PoolUser
{
    public static void Run(string folder, string log)
    {
        using DealtPool pool = new(folder);
        while (pool.Available is [ulong number, ..])
        {
            byte[] seeds = new byte[QuerySeeds.MessageBytes];
            using IDealtMessages messages = pool.Take(number);
            messages.Receive(TwoServersTag.Seeds, seeds);
            File.AppendAllText(log, $"{QuerySeeds.Read(seeds, out _, out _):x16}\n");
            // An inference takes a while, in which most kills fall.
            Thread.Sleep(2);
        }
    }
}
