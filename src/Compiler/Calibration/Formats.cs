using System.Collections.Immutable;

namespace Blindsight.Compiler.Calibration;

/// <summary>The ring, range and scale of a value.</summary>
internal sealed record ValueFormat(int RingBits, int ValueBits, int ScaleBits);

/// <summary>Every choice that calibration makes.</summary>
/// <param name="Values">By value id; sums that stay in the wide ring have 32 ring bits.</param>
/// <param name="Shifts">Channel shifts, by the id of the value that the linear layer writes.</param>
/// <param name="InputShifts">Bits that inputs lose before they are squared, by the id of the value that the layer writes.</param>
/// <param name="DroppedBits">Bits that comparisons leave out, by the id of the value that the layer writes; 0 where absent.</param>
internal sealed record Formats(
    ImmutableDictionary<int, ValueFormat> Values, ImmutableDictionary<int, ImmutableArray<int>> Shifts,
    ImmutableDictionary<int, int> InputShifts, ImmutableDictionary<int, int> DroppedBits);
