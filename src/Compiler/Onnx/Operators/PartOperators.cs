using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Onnx;

/// <summary>Operators that take values apart and put them together.</summary>
internal static class PartOperators
{
    public static void Concat(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, int.MaxValue);
        string[] inputs = [.. Enumerable.Range(0, node.Inputs.Count).Select(i => graph.Input(node, i))];
        ImmutableArray<int> first = graph.Shape(inputs[0]);
        int axis = node.Axis(node.Int("axis", 1), first.Length);
        long total = 0;
        foreach (string input in inputs)
        {
            ImmutableArray<int> shape = graph.Shape(input);
            if (shape.Length != first.Length || !shape.SetItem(axis, 0).SequenceEqual(first.SetItem(axis, 0)))
                throw node.Refuse($"shapes {Shapes.Text(first)} and {Shapes.Text(shape)} differ outside axis {axis}");
            total += shape[axis];
        }
        graph.Finish(node, new ConcatOperator(axis), [.. inputs], first.SetItem(axis, node.Size(total, "axis", 0)));
    }

    /// <summary>Bounds are attributes before version 10, then inputs. They are clamped to the value, as in Python.</summary>
    public static void Slice(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 5);
        string x = graph.Input(node, 0);
        int rank = graph.Rank(x);
        bool attributes = node.Inputs.Count == 1;
        ImmutableArray<long>? firsts = attributes ? node.Ints("starts") : graph.Integers(node, 1);
        ImmutableArray<long>? ends = attributes ? node.Ints("ends") : graph.Integers(node, 2);
        if (firsts is not { } begin || ends is not { } end || begin.Length != end.Length) throw node.Refuse("starts and ends are missing or differ in number");
        ImmutableArray<long> all = [.. Enumerable.Range(0, begin.Length).Select(axis => (long)axis)];
        ImmutableArray<long> axes = node.HasInput(3) ? graph.Integers(node, 3) : node.Ints("axes") ?? all;
        ImmutableArray<long> stepped = node.HasInput(4) ? graph.Integers(node, 4) : [.. begin.Select(_ => 1L)];
        if (axes.Length != begin.Length || stepped.Length != begin.Length) throw node.Refuse("starts, axes and steps differ in number");
        Shapes.Axes(node, axes, rank);
        int[] starts = new int[rank], steps = [.. Enumerable.Repeat(1, rank)], shape = [.. graph.Shape(x)];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = node.Axis(axes[i], rank);
            (starts[axis], steps[axis], shape[axis]) = Bounds(node, shape[axis], begin[i], end[i], stepped[i]);
        }
        graph.Finish(node, new SliceOperator([.. starts], [.. steps]), [x], [.. shape]);
    }

    /// <summary>Sizes are an attribute before version 13, then an input; without them the parts are equal, the last perhaps smaller.</summary>
    public static void Split(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(1, 2);
        string x = graph.Input(node, 0);
        ImmutableArray<int> shape = graph.Shape(x);
        int axis = node.Axis(node.Int("axis", 0), shape.Length), parts = node.Outputs.Count;
        long equal = (shape[axis] + parts - 1L) / parts;
        ImmutableArray<long> sizes = (node.HasInput(1) ? graph.Integers(node, 1, parts) : node.Ints("split"))
            ?? [.. Enumerable.Range(0, parts).Select(i => Math.Clamp(shape[axis] - i * equal, 0, equal))];
        if (sizes.Length != parts || sizes.Any(size => size < 0 || size > shape[axis]) || sizes.Sum() != shape[axis])
            throw node.Refuse($"sizes [{string.Join(", ", sizes)}] do not split {shape[axis]} elements into {parts} parts");
        int[] starts = new int[shape.Length];
        ImmutableArray<int> steps = [.. shape.Select(_ => 1)];
        for (int part = 0; part < parts; part++)
        {
            int size = (int)sizes[part];
            if (node.HasOutput(part))
                graph.Add(node, new SliceOperator([.. starts], steps), [x], shape.SetItem(axis, size), node.Outputs[part], graph.Type(x));
            starts[axis] += size;
        }
    }

    public static void Gather(OnnxNode node, GraphBuilder graph)
    {
        node.Expect(2, 2);
        string x = graph.Input(node, 0);
        FloatTensor indices = graph.Constant(node, 1);
        if (graph.Type(graph.Input(node, 1)).IsFloat()) throw node.Refuse("the indices are no integers");
        ImmutableArray<int> shape = graph.Shape(x);
        int axis = node.Axis(node.Int("axis", 0), shape.Length), size = shape[axis];
        graph.Reserve(node, indices.Shape);
        ImmutableArray<int> chosen = [.. indices.Data.Select(Index)];
        graph.Finish(node, new GatherOperator(axis, chosen), [x], [.. shape[..axis], .. indices.Shape, .. shape[(axis + 1)..]]);

        int Index(float index) => index >= -size && index < size
            ? (int)index + (index < 0 ? size : 0) : throw node.Refuse($"index {index} is outside an axis of {size}");
    }

    private static (int Start, int Step, int Size) Bounds(OnnxNode node, int size, long begin, long end, long step)
    {
        if (step == 0) throw node.Refuse("a step is 0");
        step = Math.Clamp(step, -ImportBudget.ElementsMax, ImportBudget.ElementsMax);
        long least = step > 0 ? 0 : -1, most = step > 0 ? size : size - 1;
        begin = Math.Clamp(begin < 0 ? begin + size : begin, Math.Min(Math.Max(least, 0), most), most);
        end = Math.Clamp(end < 0 ? end + size : end, least, most);
        long count = step > 0 ? (end - begin + step - 1) / step : (begin - end - step - 1) / -step;
        return count <= 0 ? (0, 1, 0) : ((int)begin, (int)step, (int)count);
    }
}
