namespace Blindsight.Training.Tensors;

/// <summary>The value of one node of a network for a whole batch, image after image, and the gradient of the loss in it.</summary>
internal sealed class BatchTensor
{
    /// <param name="shape">The shape of one image.</param>
    /// <param name="capacity">The most images in a batch.</param>
    /// <param name="needsGradients">Whether the backward pass has to reach this tensor.</param>
    public BatchTensor(FeatureShape shape, int capacity, bool needsGradients)
    {
        Shape = shape;
        Values = new float[checked(shape.Elements * capacity)];
        Gradients = needsGradients ? new float[Values.Length] : [];
    }

    public FeatureShape Shape { get; }
    public float[] Values { get; }

    /// <summary>Empty where the backward pass stops.</summary>
    public float[] Gradients { get; }

    public bool NeedsGradients => Gradients.Length > 0;

    /// <summary>The values of some images.</summary>
    public Span<float> ValuesOf(int firstImage, int images = 1) =>
        Values.AsSpan(firstImage * Shape.Elements, images * Shape.Elements);

    /// <summary>The gradients of some images.</summary>
    public Span<float> GradientsOf(int firstImage, int images = 1) =>
        Gradients.AsSpan(firstImage * Shape.Elements, images * Shape.Elements);
}
