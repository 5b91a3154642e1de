using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Leveled;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Leveled;

/// <summary>CryptoNets' network under leveled encryption, with weights that the evaluating party knows and with encrypted ones, against ONNX Runtime.</summary>
public sealed class LeveledAgreementTests(ITestOutputHelper output)
{
    private const int CalibrationRows = 64, TestRows = 500;

    [DataTheory]
    [InlineData(false, TestRows)]
    [InlineData(true, TestRows)]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    public void The_largest_output_is_that_of_floats_on_99_of_100_digits(bool encryptedWeights, int batch)
    {
        PublicModel model = PublicModel.Named("cryptonets_mnist_square");
        Graph graph = model.Load();
        LeveledProgram program = LeveledModel.Compile(graph, model.Rows(graph, test: false, 0, CalibrationRows), model.Card,
            new() { EncryptedWeights = encryptedWeights, Batch = batch }, double.PositiveInfinity);
        using CkksContext context = new(LeveledParameters.Of(program.Depth));
        using LeveledClient client = new(context, LeveledContract.Of(program), Prg.FromSystem());
        (CkksRelinearizationKey relinearization, CkksGaloisKeys rotations) = client.EvaluationKeys();
        using LeveledWeights weights = encryptedWeights
            ? LeveledWeights.Encrypt(context, program, 2, client.Encryptor) : LeveledWeights.Encode(context, program, 2);
        LeveledEvaluator evaluator = new(context, program, weights, relinearization, rotations, 2);
        FloatTensor[][] rows = model.Rows(graph, test: true, 0, batch == 1 ? 5 : batch);
        SampleSet expected = model.ExpectedOutputs();
        int right = 0, row = 0;
        Stopwatch watch = Stopwatch.StartNew();
        foreach (FloatTensor[][] images in rows.Chunk(program.Images))
        {
            CkksCiphertext[][] outputs = evaluator.Run(client.Encrypt(images));
            foreach (FloatTensor[] image in client.Decrypt(outputs, images.Length))
                right += Top(image[0].Data) == Top([.. expected.Row(row++)]) ? 1 : 0;
            foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks)) block.Dispose();
        }
        output.WriteLine($"{program.Images} images an evaluation, {rows.Length / watch.Elapsed.TotalSeconds:F1} images a second, encryption included");
        Assert.InRange(right, rows.Length * 0.99, rows.Length);
        relinearization.Dispose();
        rotations.Dispose();
    }

    private static int Top(float[] outputs) => Array.IndexOf(outputs, outputs.Max());
}
