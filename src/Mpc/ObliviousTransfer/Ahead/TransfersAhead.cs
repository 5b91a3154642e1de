using System.Runtime.ExceptionServices;
using Blindsight.Arithmetic.Memory;
using Blindsight.Mpc.Channels;

namespace Blindsight.Mpc.ObliviousTransfer.Ahead;

/// <summary>Fills the destination with the next outputs of an extension.</summary>
internal delegate ulong Extension(Span<Block> destination);

/// <summary>
/// Runs one end of an extension on a thread of its own, ahead of the thread that uses its outputs. Outputs are made in batches of
/// one size, as far as they were announced or asked for and at most a bound ahead; so both ends make the same calls in
/// the same order, whatever the timing, and make no more than a batch too many.
/// </summary>
/// <remarks>
/// The extension and its channel belong to the thread, everything else to the one that uses the outputs. The channel's timeout bounds
/// every wait, since the user waits only while the thread works; to end a wait, abort the channel.
/// </remarks>
internal sealed class TransfersAhead : IDisposable
{
    /// <summary>Outputs of a batch, 256 KiB.</summary>
    public const int BatchTransfers = 1 << 14;

    /// <summary>Batches made and not yet used up, at most: 2^21 outputs, 32 MiB.</summary>
    public const int BatchesMax = 128;

    /// <summary>How long an end that is disposed of waits for the batch in the making before it breaks the channel.</summary>
    private const int FinishMs = 500;

    private readonly Extension _extend;
    private readonly Func<long, ProtocolCost> _cost;
    private readonly IChannel _channel;
    private readonly string _name;
    private readonly Action? _beforeWaiting;
    private readonly object _gate = new();
    private readonly AlignedBuffer<Block>?[] _slots = new AlignedBuffer<Block>?[BatchesMax];
    private readonly Thread _thread;
    private long _target, _made, _used;
    private bool _working, _stopping;
    private Exception? _fault;

    /// <param name="name">Of the direction, for faults.</param>
    /// <param name="join">Runs first on the thread.</param>
    /// <param name="beforeWaiting">Runs on the user's thread before it waits.</param>
    public TransfersAhead(
        string name, IChannel channel, Extension extend, Func<long, ProtocolCost> cost, Action? join = null, Action? beforeWaiting = null)
    {
        (_name, _channel, _extend, _cost, _beforeWaiting) = (name, channel, extend, cost, beforeWaiting);
        _working = true;
        _thread = new Thread(() => Make(join)) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>What the peer or the link did wrong on the thread.</summary>
    public ProtocolException? Fault
    {
        get
        {
            lock (_gate) return _fault as ProtocolException;
        }
    }

    /// <summary>Has at least so many outputs made from here on.</summary>
    public void Announce(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        lock (_gate)
        {
            _target = Math.Max(_target, _used + count);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Moves the next outputs, as soon as they are there.</summary>
    /// <exception cref="ProtocolException">The peer or the link failed on the thread.</exception>
    public void Take(Span<Block> destination)
    {
        Announce(destination.Length);
        while (!destination.IsEmpty)
        {
            int at = (int)(_used % BatchTransfers), some = Math.Min(destination.Length, BatchTransfers - at);
            WaitForBatch(_used / BatchTransfers);
            Span<Block> from = _slots[_used / BatchTransfers % BatchesMax]!.Span.Slice(at, some);
            from.CopyTo(destination);
            from.Clear();
            destination = destination[some..];
            lock (_gate)
            {
                _used += some;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>
    /// What is still to be sent until so many more outputs are there. Waits until nothing is being made. Payload is exact; messages and
    /// rounds are those of a single call.
    /// </summary>
    public ProtocolCost CostOfNext(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        lock (_gate)
        {
            while (_fault is null && !_stopping && (_working || Due)) Monitor.Wait(_gate);
            long batches = (_used + count + BatchTransfers - 1) / BatchTransfers - _made;
            return batches <= 0 ? ProtocolCost.None : _cost(batches * BatchTransfers);
        }
    }

    /// <summary>How many blocks of the buffer have this value; for tests, while nothing is being made.</summary>
    internal int Held(Block value) => _slots.Sum(slot => slot is null ? 0 : slot.Span.Count(value));

    /// <summary>Ends the thread and clears what was not used.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
        if (!_thread.Join(FinishMs))
        {
            _channel.Abort();
            _thread.Join();
        }
        foreach (AlignedBuffer<Block>? slot in _slots) slot?.Dispose();
    }

    private bool Due => _made * BatchTransfers < _target && _made - _used / BatchTransfers < BatchesMax;

    private void WaitForBatch(long batch)
    {
        lock (_gate)
            if (_made > batch) return;
        _beforeWaiting?.Invoke();
        lock (_gate)
        {
            while (_made <= batch && _fault is null && !_stopping) Monitor.Wait(_gate);
            if (_made > batch) return;
            ObjectDisposedException.ThrowIf(_fault is null, this);
            ExceptionDispatchInfo.Throw(_fault);
        }
    }

    private void Make(Action? join)
    {
        try
        {
            join?.Invoke();
            while (NextSlot() is { } slot)
            {
                _extend(slot.Span);
                _channel.Flush();
                lock (_gate) _made++;
            }
        }
        catch (Exception fault)
        {
            // Told to the thread that asks for outputs; the channel is of no more use to the peer either.
            _channel.Abort();
            lock (_gate)
                _fault = fault is ProtocolException peers
                    ? new ProtocolException(peers.Fault, $"transfers that the {_name}", peers.Message, peers) : fault;
        }
        lock (_gate)
        {
            _working = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Where the next batch goes, once one is due; null at the end.</summary>
    private AlignedBuffer<Block>? NextSlot()
    {
        lock (_gate)
        {
            _working = false;
            Monitor.PulseAll(_gate);
            while (!_stopping && !Due) Monitor.Wait(_gate);
            if (_stopping) return null;
            _working = true;
            return _slots[_made % BatchesMax] ??= new AlignedBuffer<Block>(BatchTransfers);
        }
    }
}
