namespace Blindsight.Training.Tensors;

/// <summary>
/// The value of one node of a network for a whole batch, image after image, and the gradient of the loss in it. They have
/// buffers of their own, or their network lends them some for as long as they are needed; those may be longer than the batch.
/// </summary>
/// <param name="shape">The shape of one image.</param>
/// <param name="capacity">The most images in a batch.</param>
/// <param name="needsGradients">Whether the backward pass has to reach this tensor.</param>
/// <param name="isLent">Whether the buffers come later, from a pool.</param>
internal sealed class BatchTensor(FeatureShape shape, int capacity, bool needsGradients, bool isLent = false)
{
    private readonly int _length = checked(shape.Elements * capacity);

    public FeatureShape Shape { get; } = shape;
    public float[] Values { get; private set; } = isLent ? [] : new float[shape.Elements * capacity];

    /// <summary>Empty where the backward pass stops, and while it is elsewhere.</summary>
    public float[] Gradients { get; private set; } = isLent || !needsGradients ? [] : new float[shape.Elements * capacity];

    public bool NeedsGradients { get; } = needsGradients;

    public bool HoldsGradients => Gradients.Length > 0;

    /// <summary>The values of some images.</summary>
    public Span<float> ValuesOf(int firstImage, int images = 1) =>
        Values.AsSpan(firstImage * Shape.Elements, images * Shape.Elements);

    /// <summary>The gradients of some images.</summary>
    public Span<float> GradientsOf(int firstImage, int images = 1) =>
        Gradients.AsSpan(firstImage * Shape.Elements, images * Shape.Elements);

    /// <summary>Makes sure that there is room for values.</summary>
    public void HoldValues(BufferPool pool)
    {
        if (Values.Length == 0) Values = pool.Rent(_length);
    }

    /// <summary>Makes sure that there is room for gradients.</summary>
    public void HoldGradients(BufferPool pool)
    {
        if (Gradients.Length == 0) Gradients = pool.Rent(_length);
    }

    /// <summary>Gives the room for values back.</summary>
    public void ReleaseValues(BufferPool pool)
    {
        if (Values.Length > 0) pool.Return(Values);
        Values = [];
    }

    /// <summary>Gives the room for gradients back.</summary>
    public void ReleaseGradients(BufferPool pool)
    {
        if (Gradients.Length > 0) pool.Return(Gradients);
        Gradients = [];
    }
}
