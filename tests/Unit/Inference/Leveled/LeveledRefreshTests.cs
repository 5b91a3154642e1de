using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Refresh;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Unit.Inference.Leveled;

public sealed class LeveledRefreshTests
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 64)]
    [InlineData(true, 64)]
    [InlineData(false, 4096)]
    public void Outputs_are_those_of_floats_and_noise_is_what_the_contract_says(bool encryptedWeights, int batch)
    {
        Graph graph = Polynomials.WithExactActivations();
        FloatTensor[][] images = Polynomials.Images(graph, Math.Min(batch, 3));
        LeveledProgram program = LeveledCompiler.Compile(graph, Polynomials.Images(graph, 8), InputCard.None,
            new() { EncryptedWeights = encryptedWeights, Batch = batch, Refresh = true }, LeveledParameters.Degree, new LeveledCosts(1e9));
        RoomContract contract = RoomContract.Read(RoomContracts.Of(program, encryptedWeights).Write());
        using CkksContext context = new(LeveledParameters.Of(program.Depth));
        using Prg prg = Prg.Derive([], "refresh test");
        using CkksSecretKey key = CkksSecretKey.Create(context, prg);
        using CkksRelinearizationKey relinearization = CkksRelinearizationKey.Create(key, prg);
        using CkksGaloisKeys rotations = CkksGaloisKeys.Create(key, contract.Rotations, false, prg);
        using LeveledWeights weights = encryptedWeights
            ? LeveledWeights.Encrypt(context, program, 1, () => new CkksSecretEncryptor(key, prg)) : LeveledWeights.Encode(context, program, 2);
        using RoomQuery query = new(context, contract, key, prg);
        CkksCiphertext[][] outputs = new LeveledEvaluator(context, program, weights, relinearization, rotations, 2).Run(
            [query.Encrypt(0, [.. images.Select(image => image[0].Data)])], refresher: new RoomRefresher(query));
        LeveledNoise noise = new(context.Parameters, program, encryptedWeights);
        for (int o = 0; o < outputs.Length; o++)
        {
            int value = program.Outputs[o].Value;
            for (int block = 0; block < outputs[o].Length; block++)
                Assert.Equal(outputs[o][block].Estimate.Deviation, noise[value][block].Deviation, 1e-6 * noise[value][block].Deviation);
            double[] slots = query.Decrypt(o, outputs[o]);
            for (int image = 0; image < images.Length; image++)
            {
                float[] expected = FloatReference.Run(graph, images[image])[o].Data;
                double unit = Math.ScaleB(1, contract.Values[contract.Outputs[o].Value].Exponent);
                for (int e = 0; e < expected.Length; e++) Assert.Equal(expected[e], slots[e * contract.Images + image] * unit, 1e-4);
            }
            foreach (CkksCiphertext block in outputs[o]) block.Dispose();
        }
    }
}
