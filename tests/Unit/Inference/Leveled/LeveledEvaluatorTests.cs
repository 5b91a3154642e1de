using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Unit.Inference.Leveled;

public sealed class LeveledEvaluatorTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 300)]
    [InlineData(true, 300)]
    [InlineData(false, 8192)]
    public void Outputs_are_those_of_floats(bool encryptedWeights, int batch)
    {
        Graph graph = Polynomials.OfEveryKind();
        FloatTensor[][] images = Polynomials.Images(graph, Math.Min(batch, 3));
        LeveledProgram program = LeveledCompiler.Compile(graph, Polynomials.Images(graph, 8), InputCard.None,
            new() { EncryptedWeights = encryptedWeights, Batch = batch }, LeveledParameters.Degree, new LeveledCosts(1e9));
        using CkksContext context = new(LeveledParameters.Of(program.Depth));
        using LeveledClient client = new(context, LeveledContract.Of(program), Prg.Derive([], "leveled test"));
        (CkksRelinearizationKey relinearization, CkksGaloisKeys rotations) = client.EvaluationKeys();
        using LeveledWeights weights = encryptedWeights
            ? LeveledWeights.Encrypt(context, program, 2, client.Encryptor) : LeveledWeights.Encode(context, program, 2);
        LeveledEvaluator evaluator = new(context, program, weights, relinearization, rotations, 2);
        List<int> told = [];
        CkksCiphertext[][] outputs = evaluator.Run(client.Encrypt(images), told.Add);
        Assert.Equal(Enumerable.Range(1, program.Steps.Length), told);
        FloatTensor[][] results = client.Decrypt(outputs, images.Length);
        for (int image = 0; image < images.Length; image++)
        {
            FloatTensor[] expected = FloatReference.Run(graph, images[image]);
            for (int o = 0; o < expected.Length; o++)
                for (int e = 0; e < expected[o].Data.Length; e++) Assert.Equal(expected[o].Data[e], results[image][o].Data[e], 1e-4);
        }
        foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks)) block.Dispose();
        relinearization.Dispose();
        rotations.Dispose();
    }

    [Fact]
    public void Parameters_are_the_least_that_are_secure_for_the_depth()
    {
        Assert.Equal(8192, LeveledParameters.Degree(2));
        Assert.Equal(16384, LeveledParameters.Degree(3));
        Assert.Equal(32768, LeveledParameters.Degree(8));
        Assert.Throws<ParameterException>(() => LeveledParameters.Degree(18));
    }

    [Fact]
    public void Too_many_images_are_refused()
    {
        Graph graph = Polynomials.Small();
        LeveledProgram program = LeveledCompiler.Compile(
            graph, Polynomials.Images(graph, 2), InputCard.None, new(), LeveledParameters.Degree, new LeveledCosts(1e9));
        using CkksContext context = new(LeveledParameters.Of(program.Depth));
        using LeveledClient client = new(context, LeveledContract.Of(program), Prg.Derive([], "leveled test"));
        Assert.Throws<ArgumentException>(() => client.Encrypt(Polynomials.Images(graph, 2)));
        Assert.Throws<ArgumentException>(() => client.Encrypt([]));
    }
}
