using System.Collections.Immutable;
using Onnx;
using static Onnx.TensorProto.Types;

namespace Blindsight.Compiler.Onnx;

/// <summary>Reads the declaration of a model's input. An open batch dimension becomes 1, other open dimensions are refused.</summary>
internal static class InputReader
{
    /// <exception cref="GraphException">No tensor, an unsupported element type, no shape, or an open dimension.</exception>
    public static void Read(ValueInfoProto input, GraphBuilder builder)
    {
        OnnxNode place = new(new NodeProto(), 0);
        if (input.Type?.TensorType is not { } tensor) throw place.Refuse($"input '{input.Name}' is not declared as a tensor");
        DataType type = (DataType)tensor.ElemType;
        if (!type.IsSupported()) throw place.Refuse($"input '{input.Name}' has elements of type {type}; numbers and booleans are supported");
        if (tensor.Shape is null) throw place.Refuse($"input '{input.Name}' has no shape");
        ImmutableArray<int> shape = [.. tensor.Shape.Dim.Select((dimension, axis) => Dimension(dimension, axis, input.Name, place))];
        ImportBudget.Elements(place, shape.AsSpan());
        builder.DefineInput(place, input.Name, shape, type);
    }

    private static int Dimension(TensorShapeProto.Types.Dimension dimension, int axis, string input, OnnxNode place)
    {
        if (dimension.HasDimValue && dimension.DimValue >= 0)
        {
            return dimension.DimValue <= ImportBudget.ElementsMax
                ? (int)dimension.DimValue
                : throw place.Refuse($"input '{input}' has a dimension of {dimension.DimValue}, at most {ImportBudget.ElementsMax} is supported");
        }
        if (axis == 0) return 1;
        string named = dimension.DimParam.Length > 0 ? $" ('{dimension.DimParam}')" : "";
        throw place.Refuse($"dimension {axis}{named} of input '{input}' is open; only the first, the batch, may be");
    }
}
