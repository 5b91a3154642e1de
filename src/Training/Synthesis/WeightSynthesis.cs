using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler;
using Google.Protobuf;
using Onnx;
using static Onnx.TensorProto.Types;

namespace Blindsight.Training.Synthesis;

/// <summary>How far a synthesis has come.</summary>
/// <param name="Done">Weights drawn.</param>
/// <param name="Total">Weights in all.</param>
public readonly record struct SynthesisProgress(long Done, long Total);

/// <summary>
/// Gives a topology random weights, so that networks of any size can be run whose trained weights are not at hand. Weights of convolutions
/// and dense layers are normal with variance 2 / fan-in (He et al., 2015), batch normalisations are the identity, biases are zero; the
/// branch of a residual addition that has more layers ends at a quarter of that scale, so that values do not grow with depth
/// (after Zhang et al., Fixup, 2019). Constants of other uses stay. A softmax at the end is left out: outputs are logits.
/// </summary>
public static class WeightSynthesis
{
    /// <summary>What scales the last layer of a residual branch.</summary>
    public const double ResidualScale = 0.25;

    /// <summary>Most bytes that weights may take, as floats: a file of protobuf ends at 2 GiB.</summary>
    public const long WeightBytesMax = 2_000_000_000;

    private const int IrVersionMin = 4;

    /// <summary>Networks that are built by name, each with a few words.</summary>
    public static IEnumerable<(string Name, string Summary)> Names => [(DenseNet.Name121, DenseNet.Summary121)];

    /// <summary>Reads a topology from an ONNX file, or builds the one of a name, and gives it weights.</summary>
    /// <param name="topology">A file, or one of <see cref="Names"/>.</param>
    /// <param name="seed">The same seed gives the same file.</param>
    /// <exception cref="GraphException">No ONNX file, or a weight whose shape is not to be found or too large; names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SynthesizedModel Create(
        string topology, ulong seed, IProgress<SynthesisProgress>? progress = null, CancellationToken cancellation = default)
    {
        ModelProto model = topology == DenseNet.Name121 ? DenseNet.Create121() : Parse(File.ReadAllBytes(topology));
        return Create(model, seed, progress, cancellation);
    }

    /// <summary>Gives weights to a topology; changes <paramref name="model"/>.</summary>
    internal static SynthesizedModel Create(
        ModelProto model, ulong seed, IProgress<SynthesisProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (model.Graph is not { } graph) throw new GraphException("", "", "the model has no graph");
        Constants constants = new(graph);
        WeightRoles roles = new(graph, constants);
        long total = roles.All.Sum(role => role.Elements), done = 0;
        if (total * sizeof(float) > WeightBytesMax)
            throw new GraphException("", "", $"its {total:n0} weights take {total * sizeof(float):n0} bytes, at most {WeightBytesMax:n0} are written");
        TensorProto[] tensors = new TensorProto[roles.All.Count];
        Parallel.For(0, tensors.Length, new ParallelOptions { CancellationToken = cancellation }, index =>
        {
            WeightRole role = roles.All[index];
            float[] values = new float[role.Elements];
            using Prg prg = TrainingSeed.Stream(seed, "synthesis", (ulong)index);
            if (role.IsRandom) NormalNumbers.Fill(prg, role.Value, values);
            else Array.Fill(values, (float)role.Value);
            tensors[index] = Tensor(role, values);
            progress?.Report(new(Interlocked.Add(ref done, role.Elements), total));
        });
        constants.Replace(tensors);
        int softmaxes = DropFinalSoftmax(graph);
        model.IrVersion = Math.Max(model.IrVersion, IrVersionMin);
        model.ProducerName = "Blindsight";
        return new(model, total, roles.All.Count(role => role.IsRandom), softmaxes);
    }

    private static ModelProto Parse(byte[] file)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw new GraphException("", "", $"not an ONNX model: {fault.Message}");
        }
    }

    private static TensorProto Tensor(WeightRole role, float[] values)
    {
        byte[] bytes = new byte[sizeof(float) * values.LongLength];
        for (int i = 0; i < values.Length; i++)
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(sizeof(float) * i), values[i]);
        TensorProto tensor = new()
        {
            Name = role.Name, DataType = (int)DataType.Float, RawData = UnsafeByteOperations.UnsafeWrap(bytes),
        };
        tensor.Dims.AddRange(role.Shape.Select(size => (long)size));
        return tensor;
    }

    /// <summary>Makes the input of a softmax that nothing but the graph's output reads that output.</summary>
    private static int DropFinalSoftmax(GraphProto graph)
    {
        int dropped = 0;
        foreach (ValueInfoProto output in graph.Output)
        {
            NodeProto? softmax = graph.Node.FirstOrDefault(node => node.OpType is "Softmax" or "LogSoftmax" && node.Output[0] == output.Name);
            if (softmax is null || graph.Node.Any(node => node.Input.Contains(output.Name))) continue;
            NodeProto? producer = graph.Node.FirstOrDefault(node => node.Output.Contains(softmax.Input[0]));
            if (producer is null || graph.Node.Any(node => node != softmax && node.Input.Contains(softmax.Input[0]))) continue;
            producer.Output[producer.Output.IndexOf(softmax.Input[0])] = output.Name;
            graph.Node.Remove(softmax);
            dropped++;
        }
        return dropped;
    }
}

/// <summary>A topology with its new weights.</summary>
public sealed class SynthesizedModel
{
    private readonly ModelProto _model;

    internal SynthesizedModel(ModelProto model, long parameters, int randomTensors, int softmaxesDropped) =>
        (_model, Parameters, RandomTensors, SoftmaxesDropped) = (model, parameters, randomTensors, softmaxesDropped);

    /// <summary>Numbers that were written: weights, biases, and those of batch normalisations.</summary>
    public long Parameters { get; }

    /// <summary>Weight tensors that were drawn at random.</summary>
    public int RandomTensors { get; }

    /// <summary>Softmaxes at the end that were left out.</summary>
    public int SoftmaxesDropped { get; }

    /// <summary>Writes the model as ONNX.</summary>
    public void WriteTo(Stream stream) => _model.WriteTo(stream);
}
