using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// Where the elements of a linear layer lie in polynomials, so that one negacyclic product computes a block of outputs
/// without rotations (after Cheetah: Huang et al., USENIX Security 2022, section 3; strides by phases, groups by leaving out
/// blocks that are zero). A public function of the geometry and the ring size, equal at both parties. Immutable.
/// With blocks of Cw planes of Hw x Ww and kernels of Th x Tw, input (c, i, j) is coefficient c*Hw*Ww + i*Ww + j; weight
/// (m, c, ty, tx) is m*Cw*Hw*Ww + (Cw-1-c)*Hw*Ww + (Th-1-ty)*Ww + Tw-1-tx; output (m, y, x) appears at
/// m*Cw*Hw*Ww + (Cw-1)*Hw*Ww + (y+Th-1)*Ww + x+Tw-1. Mw*Cw*Hw*Ww at most N keeps what wraps below the first output.
/// </summary>
public sealed class LinearPacking
{
    internal LinearPacking(int size, ConvolutionGeometry geometry, InputTiling input, int polynomialOutputs)
    {
        (Size, Geometry, Input, PolynomialOutputs) = (size, geometry, input, polynomialOutputs);
        RequestBytes = checked(input.Polynomials * WireFormat.RequestPolynomialBytes(size));
        long bytes = 0;
        for (int polynomial = 0; polynomial < ResponsePolynomials; polynomial++) bytes += ResponsePolynomialBytes(polynomial);
        ResponseBytes = checked((int)bytes);
    }

    /// <summary>The layer.</summary>
    public ConvolutionGeometry Geometry { get; }

    /// <summary>Exact length of what the client sends for one inference.</summary>
    public int RequestBytes { get; }

    /// <summary>Exact length of what the server answers.</summary>
    public int ResponseBytes { get; }

    /// <summary>Polynomials of a request; each has two halves, of which one travels.</summary>
    public int RequestPolynomials => Input.Polynomials;

    /// <summary>Polynomials of a response, in the order tile, then group of output channels.</summary>
    public int ResponsePolynomials => Input.Tiles * OutputGroups;

    /// <summary>Products of polynomials, of one ciphertext half each, that an evaluation computes.</summary>
    public long Products
    {
        get
        {
            long products = 0;
            for (int group = 0; group < OutputGroups; group++) products += PlaneGroupsOf(group).Count;
            return 2 * Input.Tiles * products;
        }
    }

    /// <summary>N.</summary>
    internal int Size { get; }

    internal InputTiling Input { get; }

    /// <summary>Output channels that share a polynomial.</summary>
    internal int PolynomialOutputs { get; }

    internal int OutputGroups => (Geometry.OutChannels + PolynomialOutputs - 1) / PolynomialOutputs;

    /// <summary>The packing with the fewest bytes both ways.</summary>
    /// <exception cref="Arithmetic.ParameterException">One output needs more inputs of a plane than a polynomial holds.</exception>
    public static LinearPacking Choose(RlweParameters parameters, ConvolutionGeometry geometry) =>
        PackingChoice.Best(parameters, [geometry])[0];

    /// <summary>
    /// Packings of several layers on one input, with equal strides, such that one request serves them all: their
    /// RequestBytes are those of the one request.
    /// </summary>
    /// <exception cref="ArgumentException">Inputs or strides differ, or there is no geometry.</exception>
    public static LinearPacking[] ChooseShared(RlweParameters parameters, ReadOnlySpan<ConvolutionGeometry> geometries) =>
        PackingChoice.Best(parameters, geometries);

    /// <summary>
    /// Bound on the absolute error of an output in units of Z_2^32, exceeded with probability below 2^-28 for an element: six
    /// deviations of the noise, 3.2*|w|_2*2^32/q, over the weights of all polynomials that enter an output, and rounding.
    /// </summary>
    public double NoiseBound(RlweParameters parameters, ReadOnlySpan<short> weights)
    {
        WireFormat.CheckLength(weights.Length, Geometry.WeightElements, "weights");
        int channelWeights = Geometry.FanIn;
        double most = 0;
        for (int first = 0; first < Geometry.OutChannels; first += PolynomialOutputs)
        {
            int count = Math.Min(PolynomialOutputs, Geometry.OutChannels - first);
            double sum = 0;
            foreach (short weight in weights.Slice(first * channelWeights, count * channelWeights)) sum += (double)weight * weight;
            most = Math.Max(most, sum);
        }
        return WireFormat.NoiseBound(parameters, most);
    }

    /// <summary>The groups of planes that meet non-zero weights of a group of output channels.</summary>
    internal (int First, int Count) PlaneGroupsOf(int outputGroup)
    {
        int outputs = Geometry.OutChannels / Geometry.Groups, inputs = Geometry.InChannels / Geometry.Groups;
        int firstOutput = outputGroup * PolynomialOutputs;
        int lastOutput = Math.Min(firstOutput + PolynomialOutputs, Geometry.OutChannels) - 1;
        int firstPlane = firstOutput / outputs * inputs * Input.Phases.Count;
        int lastPlane = (lastOutput / outputs + 1) * inputs * Input.Phases.Count - 1;
        int first = firstPlane / Input.PolynomialPlanes;
        return (first, lastPlane / Input.PolynomialPlanes - first + 1);
    }

    /// <summary>The block of outputs that a response polynomial holds; possibly none.</summary>
    internal OutputBlock OutputsOf(int polynomial)
    {
        int tile = polynomial / OutputGroups, firstChannel = polynomial % OutputGroups * PolynomialOutputs;
        int top = tile / Input.TilesAcross * Input.TileHeight, left = tile % Input.TilesAcross * Input.TileWidth;
        return new OutputBlock
        {
            FirstChannel = firstChannel,
            Channels = Math.Min(PolynomialOutputs, Geometry.OutChannels - firstChannel),
            Top = top,
            Height = Math.Max(0, Math.Min(Input.TileHeight, Geometry.OutHeight - top)),
            Left = left,
            Width = Math.Max(0, Math.Min(Input.TileWidth, Geometry.OutWidth - left)),
        };
    }

    /// <summary>Bytes of one response polynomial; none where it has no outputs.</summary>
    internal int ResponsePolynomialBytes(int polynomial) =>
        WireFormat.ResponsePolynomialBytes(Size, OutputsOf(polynomial).Count);

    /// <summary>
    /// Writes the coefficients of a polynomial's outputs, in the order channel, row, column, and their places in the
    /// layer's output.
    /// </summary>
    internal void Locate(in OutputBlock block, Span<int> coefficients, Span<int> elements)
    {
        int channelStride = Input.PolynomialPlanes * Input.BlockElements, at = 0;
        int origin = channelStride - Input.BlockElements
            + (Input.WindowHeight - 1) * Input.BlockWidth + Input.WindowWidth - 1;
        for (int channel = 0; channel < block.Channels; channel++)
            for (int y = 0; y < block.Height; y++)
                for (int x = 0; x < block.Width; x++, at++)
                {
                    coefficients[at] = channel * channelStride + origin + y * Input.BlockWidth + x;
                    elements[at] = ((block.FirstChannel + channel) * Geometry.OutHeight + block.Top + y) * Geometry.OutWidth
                        + block.Left + x;
                }
    }

    /// <summary>Writes the weights of a group of output channels on a group of planes to a polynomial.</summary>
    internal void Scatter(int outputGroup, int planeGroup, ReadOnlySpan<short> weights, Span<double> coefficients)
    {
        coefficients.Clear();
        int inputs = Geometry.InChannels / Geometry.Groups, outputs = Geometry.OutChannels / Geometry.Groups;
        int firstPlane = planeGroup * Input.PolynomialPlanes;
        int lastPlane = Math.Min(firstPlane + Input.PolynomialPlanes, Input.Planes) - 1;
        int firstOutput = outputGroup * PolynomialOutputs;
        int endOutput = Math.Min(firstOutput + PolynomialOutputs, Geometry.OutChannels);
        int top = Input.PadTop - Geometry.PadTop, left = Input.PadLeft - Geometry.PadLeft;
        for (int output = firstOutput; output < endOutput; output++)
            for (int plane = firstPlane; plane <= lastPlane; plane++)
            {
                int channel = plane / Input.Phases.Count - output / outputs * inputs, phase = Input.Phases[plane % Input.Phases.Count];
                if ((uint)channel >= (uint)inputs) continue;
                int origin = ((output - firstOutput) * Input.PolynomialPlanes + Input.PolynomialPlanes - 1 - (plane - firstPlane))
                    * Input.BlockElements;
                for (int ky = 0; ky < Geometry.KernelHeight; ky++)
                {
                    int row = top + ky * Geometry.DilationHeight;
                    if (row % Input.StrideHeight != phase / Input.StrideWidth) continue;
                    for (int kx = 0; kx < Geometry.KernelWidth; kx++)
                    {
                        int column = left + kx * Geometry.DilationWidth;
                        if (column % Input.StrideWidth != phase % Input.StrideWidth) continue;
                        int at = (Input.WindowHeight - 1 - row / Input.StrideHeight) * Input.BlockWidth
                            + Input.WindowWidth - 1 - column / Input.StrideWidth;
                        coefficients[origin + at] =
                            weights[((output * inputs + channel) * Geometry.KernelHeight + ky) * Geometry.KernelWidth + kx];
                    }
                }
            }
    }
}
