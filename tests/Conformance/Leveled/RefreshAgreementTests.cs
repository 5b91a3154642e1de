using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;
using Blindsight.Enclave.Refresh;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Leveled;

/// <summary>Networks with exact activations between segments under leveled encryption, against ONNX Runtime.</summary>
public sealed class RefreshAgreementTests(ITestOutputHelper output)
{
    private const int CalibrationRows = 64;

    [DataTheory]
    [InlineData("falcon_minionn_mnist", 64, 500)]
    [InlineData("falcon_minionn_mnist", 1, 3)]
    [InlineData("cifar10_resnet20_native_bn", 1, 2)]
    public void The_largest_output_is_that_of_floats_on_99_of_100_images(string name, int batch, int count)
    {
        Stopwatch watch = Stopwatch.StartNew();
        PublicModel model = PublicModel.Named(name);
        Graph graph = model.Load();
        LeveledProgram program = LeveledModel.Compile(
            graph, model.Rows(graph, test: false, 0, CalibrationRows), model.Card, new() { Batch = batch, Refresh = true }, double.PositiveInfinity);
        RoomContract contract = RoomContracts.Of(program, encryptedWeights: false);
        output.WriteLine($"{program.Images} images, {contract.Rotations.Length} rotations, compiled after {watch.Elapsed.TotalSeconds:F1} s");
        using CkksContext context = new(LeveledParameters.Of(program.Depth));
        using Prg prg = Prg.FromSystem();
        using CkksSecretKey key = CkksSecretKey.Create(context, prg);
        using CkksRelinearizationKey relinearization = CkksRelinearizationKey.Create(key, prg);
        using CkksGaloisKeys rotations = CkksGaloisKeys.Create(key, contract.Rotations, false, prg);
        using LeveledWeights weights = LeveledWeights.Encode(context, program, 2);
        LeveledEvaluator evaluator = new(context, program, weights, relinearization, rotations, 2);
        output.WriteLine($"keys and weights after {watch.Elapsed.TotalSeconds:F1} s; {Environment.WorkingSet >> 20} MiB");
        Projections projections = Projections.Read(ProjectionMaker.Make(program, contract, prg), contract);
        output.WriteLine($"projections after {watch.Elapsed.TotalSeconds:F1} s");
        SampleSet expected = model.ExpectedOutputs();
        int right = 0, row = 0;
        foreach (FloatTensor[][] images in model.Rows(graph, test: true, 0, count).Chunk(program.Images))
        {
            watch.Restart();
            using RoomQuery query = new(context, contract, key, prg, projections);
            RoomRefresher room = new(query);
            CkksCiphertext[][] outputs = evaluator.Run(
                [query.Encrypt(0, [.. images.Select(image => image[0].Data)])], refresher: room);
            double[] slots = query.Decrypt(0, outputs[0]);
            output.WriteLine($"{images.Length} images in {watch.Elapsed.TotalSeconds:F2} s, of which refreshes {room.Elapsed.TotalSeconds:F3} s");
            for (int image = 0; image < images.Length; image++)
                right += Top([.. slots.Where((_, slot) => slot % contract.Images == image)]) == Top([.. expected.Row(row++).ToArray().Select(x => (double)x)]) ? 1 : 0;
            foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks)) block.Dispose();
        }
        Assert.InRange(right, count * 0.99, count);
    }

    private static int Top(double[] outputs) => Array.IndexOf(outputs, outputs.Max());
}
