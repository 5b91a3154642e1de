namespace Blindsight.Training.Tensors;

/// <summary>
/// Buffers that one network uses again and again. A buffer returned is the next one rented where it is large enough, so
/// that a walk over many layers stays within a few buffers, which the last cache holds. Not thread-safe.
/// </summary>
internal sealed class BufferPool
{
    private readonly List<float[]> _free = [];

    /// <summary>The smallest free buffer of at least so many elements, or a new one; holds anything.</summary>
    public float[] Rent(int length)
    {
        int best = -1;
        for (int i = _free.Count - 1; i >= 0; i--)
            if (_free[i].Length >= length && (best < 0 || _free[i].Length < _free[best].Length)) best = i;
        if (best < 0) return new float[length];
        float[] buffer = _free[best];
        _free.RemoveAt(best);
        return buffer;
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(float[] buffer) => _free.Add(buffer);
}
