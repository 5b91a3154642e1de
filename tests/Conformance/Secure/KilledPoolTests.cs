using System.Diagnostics;
using System.Globalization;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Pools;
using Blindsight.Mpc.Channels;

namespace Blindsight.Conformance.Secure;

/// <summary>A process that uses up a pool is killed at random moments until nothing is left. It writes down each number that it used.</summary>
public sealed class KilledPoolTests : IDisposable
{
    private const int Queries = 400;

    private readonly string _folder = Directory.CreateTempSubdirectory("killed").FullName;

    [Fact]
    public void No_correlation_is_used_twice_by_processes_that_are_killed()
    {
        string pool = Path.Combine(_folder, "pool"), log = Path.Combine(_folder, "log");
        Fill(pool);
        File.WriteAllText(log, "");
        Random random = new(1);
        int kills = 0;
        while (!UsedUp(pool, log, random.Next(0, 12))) kills++;
        ulong[] used = [.. File.ReadAllLines(log).Where(line => line.Length == 16).Select(line => ulong.Parse(line, NumberStyles.HexNumber))];
        Assert.InRange(kills, 3, Queries);
        Assert.Equal(used.Length, used.Distinct().Count());
        Assert.InRange(used.Length, Queries - 2 * kills, Queries);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Whether the process came to its end by itself.</summary>
    private static bool UsedUp(string pool, string log, int delayMs)
    {
        long before = new FileInfo(log).Length;
        string probe = Path.Combine(AppContext.BaseDirectory, "Blindsight.KernelProbe.dll");
        ProcessStartInfo start = new("dotnet", ["exec", probe, "pool", pool, log]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        long end = Environment.TickCount64 + 30_000;
        while (!process.HasExited && new FileInfo(log).Length == before && Environment.TickCount64 < end) Thread.Sleep(1);
        if (!process.WaitForExit(delayMs))
        {
            process.Kill();
            process.WaitForExit();
            return false;
        }
        Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
        return true;
    }

    private static void Fill(string folder)
    {
        MaskShape shape = new(0, 8);
        using DealtPool pool = new(folder);
        (FramedChannel dealer, FramedChannel server) = InMemoryChannel.CreatePair();
        (FramedChannel other, FramedChannel ignored) = InMemoryChannel.CreatePair();
        using Prg prg = Prg.Derive([], "killed pool");
        Dealer dealing = new(null!, [shape], null!);
        for (ulong number = 1; number <= Queries; number++)
        {
            dealing.Deal(QuerySeeds.Draw(prg, number), dealer, other);
            pool.Fill(server, [shape], isFirst: true);
        }
        foreach (FramedChannel channel in new[] { dealer, server, other, ignored }) channel.Abort();
    }
}
