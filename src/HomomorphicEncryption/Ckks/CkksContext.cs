using System.Collections.Concurrent;
using Blindsight.Arithmetic.Fourier;
using Blindsight.Arithmetic.Memory;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>
/// Parameters with their tables and pooled memory, shared by everything that works with them. Thread-safe; dispose it last.
/// </summary>
public sealed class CkksContext(CkksParameters parameters) : IDisposable
{
    private readonly ConcurrentDictionary<int, ConcurrentBag<AlignedBuffer<double>>> _idle = [];
    private volatile bool _disposed;

    public CkksParameters Parameters { get; } = parameters;

    internal EmbeddingTransform Embedding { get; } = new(parameters.Degree);

    /// <summary>A buffer with arbitrary contents, to be given back through <see cref="Return"/>.</summary>
    internal AlignedBuffer<double> Rent(int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _idle.TryGetValue(length, out ConcurrentBag<AlignedBuffer<double>>? bag) && bag.TryTake(out AlignedBuffer<double>? buffer)
            ? buffer : new AlignedBuffer<double>(length);
    }

    internal void Return(AlignedBuffer<double> buffer, bool clear)
    {
        if (clear) buffer.Span.Clear();
        if (_disposed) buffer.Dispose();
        else _idle.GetOrAdd(buffer.Length, static _ => []).Add(buffer);
    }

    /// <summary>Scratch for the extent of a block.</summary>
    internal Scratch Take(int length, bool secret) => new(this, length, secret);

    public void Dispose()
    {
        _disposed = true;
        foreach (ConcurrentBag<AlignedBuffer<double>> bag in _idle.Values)
            while (bag.TryTake(out AlignedBuffer<double>? buffer)) buffer.Dispose();
        Embedding.Dispose();
    }
}

/// <summary>Rented memory; secret contents are cleared on disposal.</summary>
internal readonly struct Scratch(CkksContext context, int length, bool secret) : IDisposable
{
    private readonly AlignedBuffer<double> _buffer = context.Rent(length);

    public Span<double> Span => _buffer.Span;

    public void Dispose() => context.Return(_buffer, secret);
}
