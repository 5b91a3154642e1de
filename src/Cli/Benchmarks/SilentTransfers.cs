using System.Collections.Immutable;
using System.Diagnostics;

namespace Blindsight.Cli.Benchmarks;

/// <summary>
/// Both parties of silent correlated transfer on two threads over a link in memory, one direction, past the first iterations. A
/// repetition is an iteration of the largest set of parameters, so that every part of it counts once.
/// </summary>
internal sealed class SilentTransfers : IRepetitions
{
    private const int Chunks = 56;

    private readonly TwoThreads _parties = new();
    private readonly TransferDirection _direction;

    public SilentTransfers()
    {
        _direction = new TransferDirection(_parties.Here, _parties.There, "both parties");
        Extend();
        _direction.RequireCorrelation();
    }

    public ImmutableArray<double> Next()
    {
        long start = Stopwatch.GetTimestamp();
        Extend();
        return [1e-6 * Chunks * TransferDirection.ChunkTransfers / Stopwatch.GetElapsedTime(start).TotalSeconds];
    }

    public void Dispose()
    {
        _direction.Dispose();
        _parties.Dispose();
    }

    private void Extend()
    {
        Action join = _parties.Start(() => _direction.Receive(Chunks));
        _direction.Send(Chunks);
        join();
    }
}
