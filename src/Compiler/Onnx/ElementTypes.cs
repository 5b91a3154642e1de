using static Onnx.TensorProto.Types;

namespace Blindsight.Compiler.Onnx;

/// <summary>What the graph, which holds all values as floats, must remember of ONNX's element types during the import.</summary>
internal static class ElementTypes
{
    public static bool IsFloat(this DataType type) =>
        type is DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16;

    /// <summary>Integers whose arithmetic does not wrap within what a float holds exactly.</summary>
    public static bool IsWideInteger(this DataType type) =>
        type is DataType.Int32 or DataType.Int64 or DataType.Uint32 or DataType.Uint64;

    public static bool IsSupported(this DataType type) =>
        type.IsFloat() || type.IsWideInteger()
        || type is DataType.Int8 or DataType.Int16 or DataType.Uint8 or DataType.Uint16 or DataType.Bool;
}
