using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// The model owner's secret counterpart of a plan: integer weights of its linear steps, offsets of its activations. Never leaves the
/// owner's process.
/// </summary>
/// <param name="Linear">By index of the step in <see cref="InferencePlan.Steps"/>.</param>
public sealed record QuantizedModel(InferencePlan Plan, ImmutableDictionary<int, QuantizedLinear> Linear)
{
    /// <summary>
    /// By index of an <see cref="ActivationStep"/>: what is added to each channel's square, or the constant, in units of the output; 0 for other
    /// kinds. Steps without an entry have no offsets.
    /// </summary>
    public ImmutableDictionary<int, int[]> Offsets { get; init; } = ImmutableDictionary<int, int[]>.Empty;
}

/// <summary>The secret integers of one linear step.</summary>
/// <param name="Weights">
/// For each term of the step its weights, laid out as the term's geometry says; empty for terms without secret weights.
/// Magnitudes stay below 2^15.
/// </param>
/// <param name="Bias">One for each output channel, at the accumulator's scale, modulo 2^32.</param>
public sealed record QuantizedLinear(ImmutableArray<short[]> Weights, int[] Bias);
