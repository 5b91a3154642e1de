using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>How an expansion gets the transfers that its first iteration consumes.</summary>
internal delegate ulong Bootstrap(Span<Block> destination);

/// <summary>
/// The part of silent transfer that both roles share: iterations, each of which adds the code's image of k transfers to
/// the leaves of t trees, a batch of trees at a time, and keeps back at its end what the next iteration consumes.
/// </summary>
internal sealed class SilentExpansion : IDisposable
{
    private readonly ISilentTrees _trees;
    private readonly SilentSchedule _schedule;
    private readonly byte[] _publicSeed;
    private readonly AlignedBuffer<Block> _batch = new(SilentBatches.Samples);
    private AlignedBuffer<Block>? _consumed;
    private FixedKeyPermutation? _permutation;
    private AesCounter? _places;
    private long _iteration = -1;
    private int _treesDone, _delivered, _batchUsed, _batchFilled;

    public SilentExpansion(ISilentTrees trees, SilentSchedule schedule, ReadOnlySpan<byte> connection, string label)
    {
        _trees = trees;
        _schedule = schedule;
        _publicSeed = new byte[Prg.SeedBytes];
        using Prg prg = Prg.Derive(connection, label);
        prg.Fill(_publicSeed);
    }

    private LpnParameters Row => _schedule.At(_iteration);

    /// <summary>Fills the destination with outputs never handed out before.</summary>
    public void Extend(Span<Block> destination, Bootstrap bootstrap)
    {
        while (!destination.IsEmpty)
        {
            if (_iteration < 0) Begin(bootstrap);
            int left = _schedule.Delivered(_iteration) - _delivered;
            if (left == 0)
            {
                Begin(Take);
                continue;
            }
            Span<Block> some = destination[..Math.Min(left, destination.Length)];
            Take(some);
            _delivered += some.Length;
            destination = destination[some.Length..];
        }
    }

    /// <summary>What the next call sends for <paramref name="count"/> outputs, bootstrap included.</summary>
    public ProtocolCost CostOfNext(long count, Func<long, ProtocolCost> bootstrapCost)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0) return ProtocolCost.None;
        ProtocolCost before = _iteration < 0 ? bootstrapCost(_schedule.At(0).Consumed) : ProtocolCost.None;
        SilentBatches at = new(_schedule, Math.Max(_iteration, 0), _treesDone, _delivered, _batchFilled - _batchUsed);
        long payload = 0, messages = 0;
        foreach (SilentBatch batch in at.Next(count))
        {
            payload += batch.PayloadBytes;
            messages++;
        }
        return before + new ProtocolCost(payload, 0, messages, 0, messages > 0 ? 1 : 0);
    }

    public void Dispose()
    {
        _trees.Dispose();
        _batch.Dispose();
        _consumed?.Dispose();
        _permutation?.Dispose();
        _places?.Dispose();
    }

    /// <summary>Starts the next iteration from the given source; its public keys are its own.</summary>
    private void Begin(Bootstrap source)
    {
        AlignedBuffer<Block> consumed = new(_schedule.At(_iteration + 1).Consumed);
        source(consumed.Span);
        _consumed?.Dispose();
        _permutation?.Dispose();
        _places?.Dispose();
        _consumed = consumed;
        _iteration++;
        (_treesDone, _delivered, _batchUsed, _batchFilled) = (0, 0, 0, 0);
        using Prg keys = Prg.Derive(_publicSeed, "silent-ot-iteration", (ulong)_iteration);
        Span<byte> key = stackalloc byte[16];
        keys.Fill(key);
        _permutation = new FixedKeyPermutation(key);
        keys.Fill(key);
        _places = new AesCounter(key);
    }

    /// <summary>The next samples of this iteration, whether to be handed out or to be kept back.</summary>
    private ulong Take(Span<Block> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_batchUsed == _batchFilled) FillBatch();
            int some = Math.Min(_batchFilled - _batchUsed, destination.Length);
            _batch.Span.Slice(_batchUsed, some).CopyTo(destination);
            _batchUsed += some;
            destination = destination[some..];
        }
        return 0;
    }

    private void FillBatch()
    {
        int depth = Row.TreeDepth, trees = Math.Min(SilentBatches.Trees(Row), Row.Weight - _treesDone);
        Span<Block> message = _consumed!.Span[..Row.SecretBits];
        Span<Block> transfers = _consumed.Span.Slice(Row.SecretBits + _treesDone * depth, trees * depth);
        Span<Block> leaves = _batch.Span[..(trees << depth)];
        _trees.Run(_permutation!, depth, transfers, leaves);
        transfers.Clear();
        LocalCode.EncodeAdd(message, _places!, (long)_treesDone << depth, leaves);
        _treesDone += trees;
        (_batchUsed, _batchFilled) = (0, leaves.Length);
    }
}
