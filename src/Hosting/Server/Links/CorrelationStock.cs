using System.Collections.Immutable;
using System.Security.Cryptography;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Dealing;
using Blindsight.Hosting.Files;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Pools;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Hosting.Server.Links;

/// <summary>
/// One server's correlations: the dealing that it is under and its pool, both on disk, and the thread that has the pool filled. A new dealing replaces
/// the old one and its pool. Thread-safe.
/// </summary>
internal sealed class CorrelationStock : IDisposable
{
    private const int SplitBytes = 16, RecordBytes = SplitBytes + Dealing.Dealing.IdBytes + DealtStream.SeedBytes;
    private const string PoolPrefix = "pool-";

    private readonly string _folder;
    private readonly DealerHello _hello;
    private readonly ImmutableArray<CorrelationShape> _shapes;
    private readonly int _depth;
    private readonly AutoResetEvent _taken = new(false);
    private readonly Lock _lock = new();
    private Held? _held;

    /// <param name="depth">Queries to hold ahead.</param>
    /// <exception cref="IOException">Another process uses the folder.</exception>
    public CorrelationStock(string folder, DealerHello hello, InferencePlan plan, ImmutableArray<CorrelationShape> shapes, int depth)
    {
        (_folder, _hello, _shapes, _depth) = (folder, hello, shapes, depth);
        if (ReadRecord() is { } dealing) _held = new Held(dealing, new DealtPool(PoolOf(dealing)));
        RemoveOthers();
    }

    /// <summary>Raised when there is another dealing, or more or fewer queries.</summary>
    public event Action? Changed;

    /// <summary>What the pool was dealt under; null before a dealer was reached for the first time.</summary>
    public Dealing.Dealing? Current
    {
        get
        {
            lock (_lock) return _held?.Dealing;
        }
    }

    /// <summary>Numbers of the queries at hand, lowest first.</summary>
    public ulong[] Available
    {
        get
        {
            lock (_lock) return _held?.Pool.Available ?? [];
        }
    }

    /// <summary>Takes a query's correlations out, for good.</summary>
    /// <exception cref="ProtocolException">There is no such query, or it was taken before.</exception>
    public IDealtMessages Take(ulong number)
    {
        try
        {
            lock (_lock)
            {
                if (_held is null || number <= _held.Pool.Used) throw new FileNotFoundException();
                return _held.Pool.Take(number);
            }
        }
        catch (FileNotFoundException)
        {
            throw new ProtocolException(PeerFault.MalformedMessage, "correlations", $"number {number} is not at hand");
        }
        finally
        {
            _taken.Set();
            Changed?.Invoke();
        }
    }

    /// <summary>Has the pool filled over a connection to the dealer, until that fails.</summary>
    /// <exception cref="ProtocolException">The dealer refuses, or is gone.</exception>
    public void Fill(IChannel dealer, CancellationToken cancellation)
    {
        _hello.Send(dealer);
        DealtPool pool = Adopt(Dealing.Dealing.Receive(dealer));
        while (true)
        {
            while (pool.Available.Length >= _depth)
            {
                // Also shows a dealer that is gone, so that both servers learn of another dealing at about the same time.
                DealerAsk.Send(dealer, wants: false);
                WaitHandle.WaitAny([_taken, cancellation.WaitHandle], DealerAsk.EveryMs);
                cancellation.ThrowIfCancellationRequested();
            }
            DealerAsk.Send(dealer, wants: true);
            pool.Fill(dealer, _shapes, _hello.Role == ServerRole.First);
            Changed?.Invoke();
        }
    }

    public void Dispose()
    {
        lock (_lock) _held?.Pool.Dispose();
        _taken.Dispose();
    }

    private DealtPool Adopt(Dealing.Dealing dealing)
    {
        lock (_lock)
        {
            if (_held is { } held && held.Dealing.Id.AsSpan().SequenceEqual(dealing.Id)) return held.Pool;
            _held?.Pool.Dispose();
            _held = null;
            byte[] record = [.. _hello.Split, .. dealing.Id, .. dealing.MaskSeed];
            PrivateFile.Write(RecordPath, file =>
            {
                file.Write(record);
                file.Write(SHA256.HashData(record));
            });
            RemoveOthers(dealing);
            _held = new Held(dealing, new DealtPool(PoolOf(dealing)));
        }
        Changed?.Invoke();
        return _held.Pool;
    }

    private string RecordPath => Path.Combine(_folder, "dealing");

    /// <summary>The dealing of this split that was kept, if any.</summary>
    private Dealing.Dealing? ReadRecord()
    {
        if (!File.Exists(RecordPath)) return null;
        byte[] record = File.ReadAllBytes(RecordPath);
        bool whole = record.Length == RecordBytes + SHA256.HashSizeInBytes
            && SHA256.HashData(record.AsSpan(0, RecordBytes)).AsSpan().SequenceEqual(record.AsSpan(RecordBytes))
            && record.AsSpan(0, SplitBytes).SequenceEqual(_hello.Split);
        return whole ? new(record[SplitBytes..(SplitBytes + Dealing.Dealing.IdBytes)], record[(SplitBytes + Dealing.Dealing.IdBytes)..RecordBytes]) : null;
    }

    private string PoolOf(Dealing.Dealing dealing) => Path.Combine(_folder, PoolPrefix + Convert.ToHexStringLower(dealing.Id));

    private void RemoveOthers(Dealing.Dealing? keep = null)
    {
        keep ??= _held?.Dealing;
        foreach (string pool in Directory.GetDirectories(_folder, PoolPrefix + "*"))
            if (keep is null || pool != PoolOf(keep)) Directory.Delete(pool, recursive: true);
    }

    private sealed record Held(Dealing.Dealing Dealing, DealtPool Pool);
}
