using System.Collections.Concurrent;
using Blindsight.Arithmetic.Memory;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>Buffers of one thread for one polynomial at a time.</summary>
internal sealed class Workspace(int degree) : IDisposable
{
    public AlignedBuffer<double> First { get; } = new(degree);
    public AlignedBuffer<double> Second { get; } = new(degree);
    public AlignedBuffer<double> Third { get; } = new(degree);
    public AlignedBuffer<ulong> Words { get; } = new(degree);
    public AlignedBuffer<uint> Ring { get; } = new(degree);
    public AlignedBuffer<int> Coefficients { get; } = new(degree);
    public AlignedBuffer<int> Elements { get; } = new(degree);

    private AlignedBuffer<double>? _rows;

    /// <summary>A buffer of at least so many elements for weights that are not kept transformed.</summary>
    public Span<double> Rows(int length)
    {
        if (_rows is null || _rows.Length < length)
        {
            _rows?.Dispose();
            _rows = new AlignedBuffer<double>(length);
        }
        return _rows.Span[..length];
    }

    public void Dispose()
    {
        _rows?.Dispose();
        First.Dispose();
        Second.Dispose();
        Third.Dispose();
        Words.Dispose();
        Ring.Dispose();
        Coefficients.Dispose();
        Elements.Dispose();
    }
}

/// <summary>Workspaces and threads of a client or server: no allocation once every thread has had its first.</summary>
internal sealed class Workspaces(int degree) : IDisposable
{
    private readonly ConcurrentBag<Workspace> _idle = [];

    /// <summary>Runs the body for 0 to count - 1 on at most so many threads.</summary>
    public void ForEach(int count, int degreeOfParallelism, Action<int, Workspace> body)
    {
        if (degreeOfParallelism <= 1 || count <= 1)
        {
            Workspace workspace = Rent();
            try { for (int i = 0; i < count; i++) body(i, workspace); }
            finally { _idle.Add(workspace); }
            return;
        }
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = degreeOfParallelism },
            Rent, (i, _, workspace) => { body(i, workspace); return workspace; }, _idle.Add);
    }

    /// <summary>Clears and frees; nothing may be running.</summary>
    public void Dispose()
    {
        while (_idle.TryTake(out Workspace? workspace)) workspace.Dispose();
    }

    private Workspace Rent() => _idle.TryTake(out Workspace? workspace) ? workspace : new Workspace(degree);
}
