using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Ntt;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// A layer's weights as transforms, made once for a model and used by any number of evaluations at a time. Secret of the
/// server's; cleared when disposed.
/// </summary>
public sealed class PreparedWeights : IDisposable
{
    private readonly AlignedBuffer<double> _transforms;
    private readonly int[] _firsts;

    private PreparedWeights(LinearPacking packing)
    {
        Packing = packing;
        _firsts = new int[packing.OutputGroups];
        int count = 0;
        for (int group = 0; group < _firsts.Length; group++)
        {
            _firsts[group] = count;
            count += packing.PlaneGroupsOf(group).Count;
        }
        _transforms = new AlignedBuffer<double>(checked(count * packing.Size));
    }

    /// <summary>The packing that the weights are prepared for.</summary>
    public LinearPacking Packing { get; }

    /// <summary>Memory in use.</summary>
    public long Bytes => (long)_transforms.Length * sizeof(double);

    /// <summary>Transforms weights, laid out as <see cref="Arithmetic.Tensors.ConvolutionGeometry"/> says.</summary>
    public static PreparedWeights Create(RlweParameters parameters, LinearPacking packing, ReadOnlySpan<short> weights)
    {
        WireFormat.CheckLength(weights.Length, packing.Geometry.WeightElements, "weights");
        PreparedWeights prepared = new(packing);
        for (int group = 0; group < packing.OutputGroups; group++)
        {
            (int first, int count) = packing.PlaneGroupsOf(group);
            for (int plane = 0; plane < count; plane++)
            {
                Span<double> transform = prepared.Polynomials(group).Slice(plane * packing.Size, packing.Size);
                packing.Scatter(group, first + plane, weights, transform);
                parameters.Transforms[0].Forward(transform);
            }
        }
        return prepared;
    }

    public void Dispose() => _transforms.Dispose();

    /// <summary>The transforms of a group of output channels, one for each group of planes that it meets.</summary>
    internal Span<double> Polynomials(int outputGroup) => _transforms.Span.Slice(
        _firsts[outputGroup] * Packing.Size, Packing.PlaneGroupsOf(outputGroup).Count * Packing.Size);
}
