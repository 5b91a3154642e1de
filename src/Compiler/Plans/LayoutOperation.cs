using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Blindsight.Compiler.Plans;

/// <summary>A rearrangement of elements of shapes without batch. All are public and local to each share.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ReshapeLayout), "reshape")]
[JsonDerivedType(typeof(TransposeLayout), "transpose")]
[JsonDerivedType(typeof(SliceLayout), "slice")]
[JsonDerivedType(typeof(PadLayout), "pad")]
[JsonDerivedType(typeof(GatherLayout), "gather")]
[JsonDerivedType(typeof(ConcatLayout), "concat")]
public abstract record LayoutOperation;

/// <summary>The same elements in the same order.</summary>
public sealed record ReshapeLayout : LayoutOperation;

/// <summary>Output axis i is input axis Permutation[i].</summary>
public sealed record TransposeLayout(ImmutableArray<int> Permutation) : LayoutOperation;

/// <summary>Output index i on an axis is input index Starts[axis] + i * Steps[axis]; steps may be negative.</summary>
public sealed record SliceLayout(ImmutableArray<int> Starts, ImmutableArray<int> Steps) : LayoutOperation;

/// <summary>Begins[axis] elements of <paramref name="Value"/> (in units of the tensor) before, the rest after; negative begins crop.</summary>
public sealed record PadLayout(ImmutableArray<int> Begins, int Value) : LayoutOperation;

/// <summary>Output index i on the axis is input index Indices[i].</summary>
public sealed record GatherLayout(int Axis, ImmutableArray<int> Indices) : LayoutOperation;

/// <summary>The inputs one after the other along the axis.</summary>
public sealed record ConcatLayout(int Axis) : LayoutOperation;
