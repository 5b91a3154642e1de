using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Onnx;

namespace Blindsight.Conformance.Fuzz;

/// <summary>Changes of single fields of a model, which stays a well-formed message.</summary>
internal static class ModelMutation
{
    private static readonly long[] Edges =
        [0, 1, -1, 2, 3, 7, 8, 13, 255, 1 << 16, 1 << 24, int.MaxValue, int.MinValue, 1L << 40, long.MaxValue, long.MinValue];

    private static readonly string[] Words =
        ["", "Add", "Concat", "Conv", "Gather", "If", "Loop", "MaxPool", "Pad", "Reshape", "Slice", "Softmax", "Split", "SAME_UPPER", "axes", "axis", "shape"];

    /// <summary>A copy of the model with one to three fields changed.</summary>
    public static byte[] Of(byte[] original, Random random)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(original);
        List<string> names = [.. model.Graph.Node.SelectMany(node => node.Input.Concat(node.Output)), .. Words];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            IMessage at = model;
            while (random.Next(8) != 0 && Child(at, random) is { } child) at = child;
            Change(at, names, random);
        }
        return model.ToByteArray();
    }

    private static IMessage? Child(IMessage message, Random random)
    {
        IMessage[] children =
        [
            .. message.Descriptor.Fields.InFieldNumberOrder().Where(field => field.FieldType == FieldType.Message)
                .SelectMany(field => field.IsRepeated
                    ? ((IList)field.Accessor.GetValue(message)).Cast<IMessage>()
                    : field.Accessor.GetValue(message) is IMessage child ? [child] : []),
        ];
        return children.Length == 0 ? null : children[random.Next(children.Length)];
    }

    private static void Change(IMessage message, List<string> names, Random random)
    {
        FieldDescriptor[] fields = [.. message.Descriptor.Fields.InFieldNumberOrder().Where(field => Present(message, field) || random.Next(10) == 0)];
        if (fields.Length == 0) return;
        FieldDescriptor field = fields[random.Next(fields.Length)];
        if (field.IsRepeated) ChangeList((IList)field.Accessor.GetValue(message), field, names, random);
        else if (field.FieldType == FieldType.Message || random.Next(8) == 0) field.Accessor.Clear(message);
        else if (Value(field, names, random) is { } value) field.Accessor.SetValue(message, value);
    }

    private static bool Present(IMessage message, FieldDescriptor field) =>
        field.IsRepeated ? ((IList)field.Accessor.GetValue(message)).Count > 0 : field.Accessor.HasValue(message);

    private static void ChangeList(IList list, FieldDescriptor field, List<string> names, Random random)
    {
        object? value = field.FieldType == FieldType.Message ? null : Value(field, names, random);
        int at = list.Count == 0 ? 0 : random.Next(list.Count);
        switch (random.Next(5))
        {
            case 0 when list.Count > 0: list.RemoveAt(at); break;
            case 1 when list.Count > 0: list.Add(list[at]); break;
            case 2 when list.Count > 1: (list[at], list[0]) = (list[0], list[at]); break;
            case 3 when value is not null: list.Insert(at, value); break;
            default:
                if (value is not null && list.Count > 0) list[at] = value;
                break;
        }
    }

    private static object? Value(FieldDescriptor field, List<string> names, Random random)
    {
        long number = random.Next(3) == 0 ? random.Next(-4, 40) : Edges[random.Next(Edges.Length)];
        return field.FieldType switch
        {
            FieldType.Int32 => (int)number,
            FieldType.Int64 => number,
            FieldType.UInt64 => (ulong)number,
            FieldType.Float => random.Next(4) == 0 ? float.NaN : number,
            FieldType.Double => (double)number,
            FieldType.String => names[random.Next(names.Count)],
            FieldType.Bytes => ByteString.CopyFromUtf8(names[random.Next(names.Count)]),
            FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(0, 24)),
            _ => null,
        };
    }
}
