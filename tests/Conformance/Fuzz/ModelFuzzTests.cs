using System.Diagnostics;
using Blindsight.Compiler;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Onnx;
using Blindsight.Compiler.Reference;
using Blindsight.Conformance.Onnx;
using Blindsight.Harness;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Fuzz;

public class ModelFuzzTests(ITestOutputHelper output)
{
    /// <summary>Allocated at most: a fixed part, and so much for each byte of the file.</summary>
    private const long BytesFloor = 256 << 20, BytesPerFileByte = 512;

    private const int ImportMsMax = 10_000;

    /// <summary>Graphs up to this size are also run.</summary>
    private const long ElementsToRun = 1 << 18;

    private static readonly string[] SmallModels =
        ["acasxu/ACASXU_run2a_1_1_batch_2000", "convnet_maxpool_mnist", "iris_mlp_winml", "mnist_cntk_opset7", "falcon_minionn_mnist"];

    [DataTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutated_conformance_models_are_refused_or_sound(int seed)
    {
        byte[][] models = [.. ConformanceCase.All().Select(test => test.ModelWithParameters())];
        Fuzz(models, seed, rounds: 8_000);
    }

    [DataFact]
    public void Mutated_real_models_are_refused_or_sound()
    {
        byte[][] models = [.. SmallModels.Select(name => File.ReadAllBytes(ModelZoo.Named(name).ModelPath))];
        Fuzz(models, seed: 3, rounds: 600);
    }

    private void Fuzz(byte[][] models, int seed, int rounds)
    {
        Random random = new(seed);
        int sound = 0;
        long bytesMost = 0, msMost = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] mutant = Mutant(models, random);
            long bytes = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            Graph? graph = TryImport(mutant, $"round {round} of seed {seed}");
            bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            long ms = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Assert.InRange(bytes, 0, BytesFloor + BytesPerFileByte * mutant.Length);
            Assert.InRange(ms, 0, ImportMsMax);
            (bytesMost, msMost) = (Math.Max(bytesMost, bytes), Math.Max(msMost, ms));
            if (graph is null) continue;
            sound++;
            if (graph.Shapes.Values.Sum(shape => (long)FloatTensor.Count(shape)) <= ElementsToRun) Run(graph, $"round {round} of seed {seed}");
        }
        output.WriteLine($"{sound} of {rounds} mutants are sound; at most {bytesMost >> 20} MiB and {msMost} ms for one import");
        Assert.InRange(sound, 1, rounds - 1);
    }

    private static byte[] Mutant(byte[][] models, Random random)
    {
        byte[] model = models[random.Next(models.Length)];
        if (random.Next(3) > 0) return ModelMutation.Of(model, random);
        if (random.Next(4) > 0) return Mutation.Of(model, random);
        byte[] other = models[random.Next(models.Length)];
        return [.. model[..random.Next(model.Length)], .. other[random.Next(other.Length)..]];
    }

    private static Graph? TryImport(byte[] model, string round)
    {
        try
        {
            Graph graph = OnnxImporter.Import(model, "mutant");
            Assert.Empty(OnnxImporter.Check(model, "mutant"));
            return graph;
        }
        catch (GraphException)
        {
            return null;
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"{round}: {fault.Message}", fault);
        }
    }

    /// <summary>What was imported can be run, and gives what the graph says.</summary>
    private static void Run(Graph graph, string round)
    {
        try
        {
            FloatTensor[] inputs = [.. graph.Inputs.Select(name => graph.Shapes[name])
                .Select(shape => new FloatTensor(shape, new float[FloatTensor.Count(shape)]))];
            FloatTensor[] outputs = FloatReference.Run(graph, inputs);
            Assert.All(outputs.Zip(graph.Outputs), pair => Assert.Equal(graph.Shapes[pair.Second], pair.First.Shape));
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"{round}: {fault.Message}", fault);
        }
    }
}
