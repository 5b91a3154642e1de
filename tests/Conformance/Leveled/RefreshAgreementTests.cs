using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Integrity;
using Blindsight.Enclave.Refresh;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Leveled;

/// <summary>Networks with exact activations between segments under leveled encryption, the host checked, against ONNX Runtime.</summary>
public sealed class RefreshAgreementTests(ITestOutputHelper output)
{
    private const int CalibrationRows = 64;

    [DataTheory]
    [InlineData("falcon_minionn_mnist", false, 1, 2)]
    [InlineData("falcon_minionn_mnist", true, 1, 2)]
    [InlineData("cifar10_resnet20_native_bn", false, 1, 1)]
    public void The_largest_output_is_that_of_floats(string name, bool encryptedWeights, int batch, int count) =>
        Assert.Equal(count, Agreeing(name, encryptedWeights, batch, count));

    /// <summary>By BLINDSIGHT_LONG=1 ./test --filter FullyQualifiedName~RefreshAgreement.</summary>
    [LongTheory]
    [InlineData("falcon_minionn_mnist", false, 32, 500)]
    [InlineData("cifar10_resnet20_native_bn", false, 1, 100)]
    [InlineData("cifar10_resnet20_convshortcut_fused", false, 1, 10)]
    [InlineData("convnet_maxpool_mnist", false, 1, 100)]
    [InlineData("cryptonets_mnist_square", false, 512, 500)]
    [InlineData("mlperftiny_resnet8_cifar10", false, 1, 20)]
    public void The_largest_output_is_that_of_floats_on_99_of_100_images(string name, bool encryptedWeights, int batch, int count) =>
        Assert.InRange(Agreeing(name, encryptedWeights, batch, count), count * 0.99, count);

    private int Agreeing(string name, bool encryptedWeights, int batch, int count)
    {
        Stopwatch watch = Stopwatch.StartNew();
        PublicModel model = PublicModel.Named(name);
        Graph graph = model.Load();
        LeveledProgram program = LeveledModel.Compile(graph, model.Rows(graph, test: false, 0, CalibrationRows), model.Card,
            new() { Batch = batch, Refresh = true, EncryptedWeights = encryptedWeights }, double.PositiveInfinity);
        TimeSpan compiled = watch.Elapsed;
        using RefreshRig rig = new(program, encryptedWeights, Prg.FromSystem());
        output.WriteLine($"{program.Images} images an evaluation, {rig.Contract.Refreshes.Length} refreshes, {rig.Contract.Rotations.Length} rotations; "
            + $"compiled in {compiled.TotalSeconds:F1} s, keys, weights and projections in {(watch.Elapsed - compiled).TotalSeconds:F1} s, "
            + $"{Environment.WorkingSet >> 20} MiB; the checks tolerate {rig.Program.Steps.OfType<LeveledRefresh>().SelectMany(step => step.Operands)
                .Max(value => Projections.Tolerance(rig.Contract, Array.IndexOf(RoomContracts.Values(program), value))):G3} of a slot");
        SampleSet expected = model.ExpectedOutputs();
        int agreeing = 0, row = 0;
        foreach (FloatTensor[][] images in model.Rows(graph, test: true, 0, count).Chunk(program.Images))
        {
            watch.Restart();
            using RoomQuery query = rig.Query();
            RoomRefresher room = new(query);
            CkksCiphertext[][] outputs = rig.Evaluate(query, images, room);
            float[][] logits = rig.Decrypt(query, 0, outputs[0], images.Length);
            output.WriteLine($"{images.Length} images in {watch.Elapsed.TotalSeconds:F2} s, of which refreshes {room.Elapsed.TotalSeconds:F3} s");
            foreach (float[] image in logits) agreeing += Top(image) == Top(expected.Row(row++).ToArray()) ? 1 : 0;
            foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks)) block.Dispose();
        }
        output.WriteLine($"{agreeing} of {count} agree");
        return agreeing;
    }

    private static int Top(float[] outputs) => Array.IndexOf(outputs, outputs.Max());
}
