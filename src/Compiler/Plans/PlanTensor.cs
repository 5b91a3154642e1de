using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// A secret-shared tensor of a plan: signed fixed-point numbers, element = round(value * 2^ScaleBits), shared additively
/// modulo 2^RingBits.
/// </summary>
/// <param name="Id">Index into <see cref="InferencePlan.Tensors"/>.</param>
/// <param name="Shape">Dimensions without the batch, row-major; images as channel, row, column.</param>
/// <param name="RingBits">12 to 24 for activations, 32 for inputs of linear layers.</param>
/// <param name="ValueBits">
/// Elements lie in [-2^(ValueBits-1), 2^(ValueBits-1)) for inputs inside the calibrated range; at most RingBits.
/// </param>
/// <param name="ScaleBits">Binary digits after the point; may be negative.</param>
/// <param name="NonNegative">Whether no element can be negative.</param>
public sealed record PlanTensor(
    int Id, string Name, ImmutableArray<int> Shape, int RingBits, int ValueBits, int ScaleBits, bool NonNegative)
{
    /// <summary>Number of elements.</summary>
    public int Elements => Shape.Aggregate(1, (product, dimension) => checked(product * dimension));
}
