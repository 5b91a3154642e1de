using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>
/// A differentiable function of one or more batches of features. A layer stands at one place of one network; between
/// Forward and Backward it may keep what it needs of the batch.
/// </summary>
internal abstract class Layer
{
    /// <summary>The shape of one image of the output.</summary>
    public abstract FeatureShape OutputShape { get; }

    /// <summary>What the layer keeps between batches.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>The layer and its attributes in a few words, without its weights; part of a checkpoint's identity.</summary>
    public abstract string Describe();

    /// <summary>Told before every step of a run which share of it is done, 0 to 1, for layers that change with it.</summary>
    public virtual void Progress(float share)
    {
    }

    /// <summary>output = f(inputs) for the pass's images.</summary>
    public abstract void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output);

    /// <summary>
    /// Adds the gradients in the inputs, where they are needed, to those already there and sets those of the parameters,
    /// from the output's gradients. The inputs and the output still hold what Forward saw and wrote.
    /// </summary>
    public abstract void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output);

    /// <summary>A layer of the same kind and attributes with the weights that a new one has before it is initialised.</summary>
    protected abstract Layer Fresh();

    /// <summary>A deep copy: same attributes, same weights, no shared array.</summary>
    public Layer Clone()
    {
        Layer copy = Fresh();
        foreach ((Parameter source, Parameter target) in Parameters.Zip(copy.Parameters)) source.Values.CopyTo(target.Values, 0);
        return copy;
    }

    /// <summary>A copy without what was learnt.</summary>
    public Layer CloneUntrained() => Fresh();
}

/// <summary>One walk over a network.</summary>
/// <param name="Images">Images in the batch.</param>
/// <param name="IsTraining">Whether batch statistics are used and remembered.</param>
/// <param name="KeepsAll">Whether values and gradients that the walk itself needs no more stay to be looked at.</param>
internal sealed record Pass(BatchSlices Slices, int Images, bool IsTraining, bool KeepsAll = false)
{
    public void ForEachSlice(Action<BatchSlice> body) => Slices.ForEach(Images, body);
}
