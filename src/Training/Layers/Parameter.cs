using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>What training does with a tensor that a layer keeps.</summary>
internal enum ParameterRole
{
    /// <summary>Trained, and shrunk by weight decay.</summary>
    Weight,

    /// <summary>Trained without decay: biases, scales.</summary>
    Offset,

    /// <summary>Not trained: running statistics. Kept in checkpoints.</summary>
    Statistic,
}

/// <summary>A tensor that a layer keeps between batches, with the loss's gradient in it.</summary>
internal sealed class Parameter(string name, ParameterRole role, int length)
{
    private readonly float[][] _shares = [.. Enumerable.Range(0, BatchSlices.Count).Select(_ => Array.Empty<float>())];

    /// <summary>Unique in its layer.</summary>
    public string Name { get; } = name;
    public ParameterRole Role { get; } = role;
    public float[] Values { get; } = new float[length];

    /// <summary>Set by the layer's backward pass.</summary>
    public float[] Gradients { get; } = role == ParameterRole.Statistic ? [] : new float[length];

    public bool IsTrained => Role != ParameterRole.Statistic;

    /// <summary>One slice's share of the gradient; zero when the backward pass starts.</summary>
    public Span<float> Share(int slice)
    {
        if (_shares[slice].Length == 0) _shares[slice] = new float[Values.Length];
        return _shares[slice];
    }

    /// <summary>Gradients = the sum of all slices' shares, in slice order; clears the shares.</summary>
    public void SumShares()
    {
        Gradients.AsSpan().Clear();
        foreach (float[] share in _shares)
        {
            if (share.Length == 0) continue;
            VectorLoops.AddScaled(share, 1, Gradients);
            share.AsSpan().Clear();
        }
    }
}
