namespace Blindsight.Training.Tensors;

/// <summary>
/// Data parallelism with one result: a batch is always cut into the same slices, whatever the number of threads, each
/// slice is computed by one thread, and sums over slices are taken in slice order.
/// </summary>
/// <param name="threads">Threads that work at once; at least 1.</param>
internal sealed class BatchSlices(int threads)
{
    /// <summary>Slices of a batch.</summary>
    public const int Count = 8;

    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };

    /// <summary>Calls <paramref name="body"/> with every slice that has images.</summary>
    public void ForEach(int images, Action<BatchSlice> body) => For(Count, index =>
    {
        int first = First(index, images);
        int count = First(index + 1, images) - first;
        if (count > 0) body(new BatchSlice(index, first, count));
    });

    /// <summary>Calls <paramref name="body"/> with 0 to <paramref name="parts"/> - 1; the parts must not depend on each other.</summary>
    public void For(int parts, Action<int> body)
    {
        if (_options.MaxDegreeOfParallelism == 1)
            for (int part = 0; part < parts; part++) body(part);
        else
            Parallel.For(0, parts, _options, body);
    }

    private static int First(int index, int images) => (int)((long)images * index / Count);
}

/// <summary>Images <paramref name="First"/> to <paramref name="First"/> + <paramref name="Images"/> - 1 of a batch.</summary>
internal readonly record struct BatchSlice(int Index, int First, int Images);
