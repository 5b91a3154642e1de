using System.Diagnostics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Enclave.Refresh;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Tests;
using Xunit.Abstractions;

namespace Blindsight.Conformance.Leveled;

/// <summary>
/// The curves of docs/PERFORMANCE.md, printed, and results checked: what an evaluation takes, encryption and decryption included, on two threads in one
/// process. By BLINDSIGHT_LONG=1 ./test --filter FullyQualifiedName~LeveledCurve.
/// </summary>
public sealed class LeveledCurveTests(ITestOutputHelper output)
{
    private const int Threads = 2, Repetitions = 3, Width = 64;

    [LongTheory]
    [InlineData(1, false, false)]
    [InlineData(8, false, false)]
    [InlineData(64, false, false)]
    [InlineData(512, false, false)]
    [InlineData(4096, false, false)]
    [InlineData(1, false, true)]
    [InlineData(8, false, true)]
    [InlineData(64, false, true)]
    [InlineData(512, false, true)]
    [InlineData(4096, false, true)]
    [InlineData(1, true, false)]
    [InlineData(64, true, false)]
    [InlineData(4096, true, false)]
    [InlineData(1, true, true)]
    [InlineData(4096, true, true)]
    public void Over_batches(int batch, bool encryptedWeights, bool refresh)
    {
        PublicModel model = PublicModel.Named("cryptonets_mnist_square");
        Graph graph = model.Load();
        LeveledProgram program = LeveledModel.Compile(graph, model.Rows(graph, test: false, 0, 64), model.Card,
            new() { Batch = batch, Refresh = refresh, EncryptedWeights = encryptedWeights }, double.PositiveInfinity);
        int evaluations = (batch + program.Images - 1) / program.Images;
        Figures figures = Measure(graph, program, encryptedWeights, model.Rows(graph, test: true, 0, Math.Min(batch, program.Images)));
        double all = evaluations * figures.Seconds;
        output.WriteLine($"| {batch} | {(refresh ? "refresh" : "polynomial")} | {(encryptedWeights ? "encrypted" : "public")} | {program.Images} | "
            + $"{figures.Prepared:F1} | {all:F2} | {1000 * all / batch:F1} | {batch / all:F1} | {figures.Room:F3} | {figures.MiB} |");
    }

    [LongTheory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Over_depth(int squares, bool refresh)
    {
        GraphBuilder builder = new(squares);
        string x = builder.Input(1, Width);
        for (int i = 0; i < squares; i++)
        {
            string dense = builder.Dense(x, Width);
            x = builder.Binary(BinaryKind.Mul, dense, dense);
        }
        Graph graph = builder.Build(builder.Dense(x, Width));
        LeveledProgram program = LeveledModel.Compile(
            graph, Polynomials.Images(graph, 16), InputCard.None, new() { Refresh = refresh }, double.PositiveInfinity);
        Figures figures = Measure(graph, program, encryptedWeights: false, Polynomials.Images(graph, 1));
        output.WriteLine($"| {squares} | {(refresh ? "refresh" : "polynomial")} | {program.Depth} | {2 * program.Values[0].Layout.Slots} | "
            + $"{1000 * figures.Seconds:F1} | {1000 * figures.Room:F1} |");
    }

    private sealed record Figures(double Prepared, double Seconds, double Room, long MiB);

    private static Figures Measure(Graph graph, LeveledProgram program, bool encryptedWeights, FloatTensor[][] images)
    {
        Stopwatch watch = Stopwatch.StartNew();
        double prepared, best = double.MaxValue, room = 0;
        if (program.HasRefreshes)
        {
            using RefreshRig rig = new(program, encryptedWeights, Prg.FromSystem());
            prepared = watch.Elapsed.TotalSeconds;
            for (int i = 0; i < Repetitions; i++)
            {
                using RoomQuery query = rig.Query();
                RoomRefresher refresher = new(query);
                watch.Restart();
                CkksCiphertext[][] outputs = rig.Evaluate(query, images, refresher);
                float[][] results = rig.Decrypt(query, 0, outputs[0], images.Length);
                if (watch.Elapsed.TotalSeconds < best) (best, room) = (watch.Elapsed.TotalSeconds, refresher.Elapsed.TotalSeconds);
                Check(graph, images, results);
                Drop(outputs);
            }
        }
        else
        {
            using CkksContext context = new(LeveledParameters.Of(program.Depth));
            using LeveledClient client = new(context, LeveledContract.Of(program), Prg.FromSystem());
            (CkksRelinearizationKey relinearization, CkksGaloisKeys rotations) = client.EvaluationKeys();
            using LeveledWeights weights = encryptedWeights
                ? LeveledWeights.Encrypt(context, program, Threads, client.Encryptor) : LeveledWeights.Encode(context, program, Threads);
            LeveledEvaluator evaluator = new(context, program, weights, relinearization, rotations, Threads);
            prepared = watch.Elapsed.TotalSeconds;
            for (int i = 0; i < Repetitions; i++)
            {
                watch.Restart();
                CkksCiphertext[][] outputs = evaluator.Run(client.Encrypt(images));
                FloatTensor[][] results = client.Decrypt(outputs, images.Length);
                best = Math.Min(best, watch.Elapsed.TotalSeconds);
                Check(graph, images, [.. results.Select(result => result[0].Data)]);
                Drop(outputs);
            }
            relinearization.Dispose();
            rotations.Dispose();
        }
        return new(prepared, best, room, Environment.WorkingSet >> 20);
    }

    private static void Check(Graph graph, FloatTensor[][] images, float[][] results)
    {
        for (int image = 0; image < images.Length; image += 97)
        {
            float[] expected = FloatReference.Run(graph, images[image])[0].Data;
            float tolerance = 1e-3f * Math.Max(1, expected.Max(Math.Abs));
            for (int e = 0; e < expected.Length; e++) Assert.Equal(expected[e], results[image][e], tolerance);
        }
    }

    private static void Drop(CkksCiphertext[][] outputs)
    {
        foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks)) block.Dispose();
    }
}
