using System.Collections.Immutable;

namespace Blindsight.Compiler.Plans;

/// <summary>
/// The model owner's secret counterpart of a plan: integer weights for its linear steps. Never leaves the owner's process.
/// </summary>
/// <param name="Linear">By index of the step in <see cref="InferencePlan.Steps"/>.</param>
public sealed record QuantizedModel(InferencePlan Plan, ImmutableDictionary<int, QuantizedLinear> Linear);

/// <summary>The secret integers of one linear step.</summary>
/// <param name="Weights">
/// For each term of the step its weights, laid out as the term's geometry says; empty for terms without secret weights.
/// Magnitudes stay below 2^15.
/// </param>
/// <param name="Bias">One for each output channel, at the accumulator's scale, modulo 2^32.</param>
public sealed record QuantizedLinear(ImmutableArray<short[]> Weights, int[] Bias);
