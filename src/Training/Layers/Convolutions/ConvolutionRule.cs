using Blindsight.Arithmetic.Tensors;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers.Convolutions;

/// <summary>How a convolution is computed on some images; a function of the geometry alone.</summary>
internal abstract class ConvolutionRule(ConvolutionGeometry geometry)
{
    protected ConvolutionGeometry Geometry { get; } = geometry;

    /// <summary>Outputs of one group of channels.</summary>
    protected int GroupOutputs { get; } = geometry.OutChannels / geometry.Groups;

    /// <summary>Inputs of one group of channels.</summary>
    protected int GroupInputs { get; } = geometry.InChannels / geometry.Groups;

    /// <summary>The rule for a geometry.</summary>
    public static ConvolutionRule For(ConvolutionGeometry geometry) =>
        ShiftedConvolution.Fits(geometry) ? new ShiftedConvolution(geometry) : new PatchConvolution(geometry);

    /// <summary>Writes the outputs of a slice's images; no bias is given as an empty span.</summary>
    public abstract void Forward(BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, BatchTensor output);

    /// <summary>Adds what a slice's images contribute to the gradients of the weights and, where they are needed, of the input.</summary>
    public abstract void Backward(
        BatchSlice slice, BatchTensor input, ReadOnlySpan<float> weights, BatchTensor output, Span<float> weightGradients);

    /// <summary>The weights of one group.</summary>
    protected Span<float> WeightsOf(int group, Span<float> weights) => weights.Slice(group * GroupOutputs * Geometry.FanIn, GroupOutputs * Geometry.FanIn);

    /// <summary>The weights of one group.</summary>
    protected ReadOnlySpan<float> WeightsOf(int group, ReadOnlySpan<float> weights) =>
        weights.Slice(group * GroupOutputs * Geometry.FanIn, GroupOutputs * Geometry.FanIn);

    /// <summary>The channels of one group of an image.</summary>
    protected Span<float> GroupOf(int group, Span<float> image)
    {
        int length = image.Length / Geometry.Groups;
        return image.Slice(group * length, length);
    }
}
