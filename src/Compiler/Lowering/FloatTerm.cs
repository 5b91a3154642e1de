using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Lowering;

/// <summary>One summand of a linear layer.</summary>
internal abstract record FloatTerm(int Input);

/// <summary>A convolution with secret weights.</summary>
internal sealed record ConvolutionFloatTerm(int Input, ConvolutionGeometry Geometry, float[] Weights) : FloatTerm(Input)
{
    /// <summary>Whether each channel is multiplied by its own weight and nothing else.</summary>
    public bool IsDiagonal => Geometry.Groups == Geometry.InChannels && Geometry.Groups == Geometry.OutChannels
        && Weights.Length == Geometry.OutChannels && Geometry.InElements == Geometry.OutElements && !IsPadded;

    /// <summary>Whether windows reach outside of the image.</summary>
    public bool IsPadded => Geometry is not { PadTop: 0, PadLeft: 0, PadBottom: 0, PadRight: 0 };

    /// <summary>The weights with each output channel scaled.</summary>
    public ConvolutionFloatTerm ScaleOutputs(ReadOnlySpan<float> scale)
    {
        float[] weights = new float[Weights.Length];
        for (int i = 0; i < weights.Length; i++) weights[i] = (float)((double)Weights[i] * scale[i / Geometry.FanIn]);
        return this with { Weights = weights };
    }

    /// <summary>x multiplied by a weight for each channel.</summary>
    public static ConvolutionFloatTerm Diagonal(int input, int elements, float[] scale) => new(input, new()
    {
        InChannels = scale.Length, OutChannels = scale.Length, Groups = scale.Length,
        InHeight = 1, InWidth = elements / scale.Length,
    }, scale);
}

/// <summary>The value itself.</summary>
internal sealed record IdentityFloatTerm(int Input) : FloatTerm(Input);

/// <summary>Window sums times public multipliers: one, or one for each position.</summary>
internal sealed record SumPoolFloatTerm(int Input, PoolGeometry Geometry, float[] Multipliers) : FloatTerm(Input);
