using System.Collections.Immutable;

namespace Blindsight.Compiler.Graphs;

/// <summary>
/// What a node computes; attributes only, inputs are the node's. Several ONNX operators share one kind where they mean
/// the same (Flatten, Squeeze and Unsqueeze are Reshape; Gemm is MatMul and Add; Split is several Slices). Axes are
/// non-negative and count the batch dimension.
/// </summary>
public abstract record Operator;

/// <summary>Inputs x, weights and optionally bias; pads as ONNX lists them: all begins, then all ends. Any number of spatial axes.</summary>
public sealed record ConvolutionOperator(
    ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations, int Groups) : Operator;

/// <summary>NumPy's matmul.</summary>
public sealed record MatMulOperator : Operator;

/// <summary>An element-wise function of two inputs with broadcasting.</summary>
public sealed record BinaryOperator(BinaryKind Kind) : Operator;
public enum BinaryKind { Add, Sub, Mul, Div, Min, Max, Pow }

/// <summary>An element-wise function of one input.</summary>
public sealed record UnaryOperator(UnaryKind Kind) : Operator;
public enum UnaryKind { Negate, Square, Relu, Sigmoid, Tanh }

/// <summary>min(max(x, Low), High); infinite where a bound is absent.</summary>
public sealed record ClipOperator(float Low, float High) : Operator;

/// <summary>
/// Another function for each channel (axis 1): min(max(x, Low), High) where it is a clamp, else a polynomial. Standard ONNX has no such
/// operator; the importer recognises what comes to the same (<see cref="Passes.ActivationRecognition"/>).
/// </summary>
/// <param name="Low">Of all clamps; 0 and <paramref name="High"/> infinite is ReLU.</param>
/// <param name="Channels">As many as axis 1 has elements.</param>
public sealed record ChannelActivationOperator(float Low, float High, ImmutableArray<ChannelFunction> Channels) : Operator;

/// <summary>A clamp, with all coefficients 0, or C0 + C1 x + C2 x^2 + C3 x^3.</summary>
public sealed record ChannelFunction(bool IsClamp, float C0, float C1, float C2, float C3)
{
    /// <summary>The clamp of the layer.</summary>
    public static ChannelFunction Clamp { get; } = new(true, 0, 0, 0, 0);

    /// <summary>Power of the highest coefficient that is not zero, 0 to 3; 0 for a clamp.</summary>
    public int Degree => C3 != 0 ? 3 : C2 != 0 ? 2 : C1 != 0 ? 1 : 0;
}

/// <summary>x where x is at least 0, else Slope * x.</summary>
public sealed record LeakyReluOperator(float Slope) : Operator;

/// <summary>Inputs x and slope, the slope broadcast to x in one direction.</summary>
public sealed record PReluOperator : Operator;

/// <summary>Inputs x, scale, bias, mean, variance; inference mode.</summary>
public sealed record BatchNormalizationOperator(float Epsilon) : Operator;

/// <summary>Windows over the spatial axes. The output's size is in the graph's shapes (ceil_mode, auto_pad resolved).</summary>
public sealed record MaxPoolOperator(
    ImmutableArray<int> Kernel, ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations) : Operator;

/// <summary>As MaxPool; without IncludePad the divisor counts only elements inside the image.</summary>
public sealed record AveragePoolOperator(
    ImmutableArray<int> Kernel, ImmutableArray<int> Strides, ImmutableArray<int> Pads, ImmutableArray<int> Dilations,
    bool IncludePad) : Operator;

/// <summary>Sum, mean or maximum over axes; reduced axes stay with size 1 where KeepDimensions. Global pools are this.</summary>
public sealed record ReduceOperator(ReduceKind Kind, ImmutableArray<int> Axes, bool KeepDimensions) : Operator;
public enum ReduceKind { Sum, Mean, Max }

/// <summary>Any number of inputs, one after the other.</summary>
public sealed record ConcatOperator(int Axis) : Operator;

/// <summary>The same elements in the output's shape.</summary>
public sealed record ReshapeOperator : Operator;

/// <summary>Output axis i is input axis Permutation[i].</summary>
public sealed record TransposeOperator(ImmutableArray<int> Permutation) : Operator;

/// <summary>Constant padding, one begin and end an axis; negative crops.</summary>
public sealed record PadOperator(ImmutableArray<int> Begins, ImmutableArray<int> Ends, float Value) : Operator;

/// <summary>Output index i of an axis is input index Starts[axis] + i * Steps[axis]; sizes are in the graph's shapes.</summary>
public sealed record SliceOperator(ImmutableArray<int> Starts, ImmutableArray<int> Steps) : Operator;

/// <summary>Constant indices along an axis; the shape of the indices replaces the axis.</summary>
public sealed record GatherOperator(int Axis, ImmutableArray<int> Indices) : Operator;

/// <summary>Softmax or its logarithm. Before opset 13 ONNX flattens to two dimensions: then Flatten is set and Axis is where it splits.</summary>
public sealed record SoftmaxOperator(int Axis, bool Logarithm, bool Flatten) : Operator;

/// <summary>Index of the largest element, as a float.</summary>
public sealed record ArgMaxOperator(int Axis, bool KeepDimensions, bool SelectLast) : Operator;
