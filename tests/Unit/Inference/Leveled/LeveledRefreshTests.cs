using System.Buffers.Binary;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Enclave;
using Blindsight.Enclave.Refresh;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Unit.Inference.Leveled;

public sealed class LeveledRefreshTests
{
    private static readonly Graph Graph = Polynomials.WithExactActivations();

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(false, 64)]
    [InlineData(true, 64)]
    [InlineData(false, 4096)]
    public void Outputs_are_those_of_floats_and_noise_is_what_the_contract_says(bool encryptedWeights, int batch)
    {
        FloatTensor[][] images = Polynomials.Images(Graph, Math.Min(batch, 3));
        using RefreshRig rig = Rig(encryptedWeights, batch);
        using RoomQuery query = rig.Query();
        CkksCiphertext[][] outputs = rig.Evaluate(query, images, new RoomRefresher(query));
        LeveledNoise noise = new(rig.Context.Parameters, rig.Program, encryptedWeights);
        for (int o = 0; o < outputs.Length; o++)
        {
            int value = rig.Program.Outputs[o].Value;
            for (int block = 0; block < outputs[o].Length; block++)
                Assert.Equal(outputs[o][block].Estimate.Deviation, noise[value][block].Deviation, 1e-6 * noise[value][block].Deviation);
            float[][] results = rig.Decrypt(query, o, outputs[o], images.Length);
            for (int image = 0; image < images.Length; image++)
            {
                float[] expected = FloatReference.Run(Graph, images[image])[o].Data;
                for (int e = 0; e < expected.Length; e++) Assert.Equal(expected[e], results[image][e], 1e-4);
            }
            foreach (CkksCiphertext block in outputs[o]) block.Dispose();
        }
    }

    public enum Cheat { AddsToAllSlots, SubmitsZero, SubmitsAnEarlierQuery, SubmitsAnotherStep, Doubles, AddsToOneSlot }

    /// <summary>What a host can do without the key.</summary>
    [Theory]
    [InlineData(Cheat.AddsToAllSlots)]
    [InlineData(Cheat.SubmitsZero)]
    [InlineData(Cheat.SubmitsAnEarlierQuery)]
    [InlineData(Cheat.SubmitsAnotherStep)]
    [InlineData(Cheat.Doubles)]
    [InlineData(Cheat.AddsToOneSlot)]
    public void A_host_that_submits_anything_else_is_caught_at_that_step(Cheat cheat)
    {
        using RefreshRig rig = Rig(encryptedWeights: false, batch: 1);
        Recorder earlier = new(rig, Cheat.AddsToAllSlots, at: -1);
        using (RoomQuery first = rig.Query()) rig.Evaluate(first, Polynomials.Images(Graph, 1), earlier.On(first));
        for (int at = 0; at < rig.Contract.Refreshes.Length; at++)
        {
            using RoomQuery query = rig.Query();
            Recorder host = new(rig, cheat, at) { Earlier = earlier };
            RoomException caught = Assert.Throws<RoomException>(() => rig.Evaluate(query, Polynomials.Images(Graph, 2)[1..], host.On(query)));
            Assert.Equal(RoomFault.IntegrityRefused, caught.Fault);
            Assert.Equal(at + 1, host.Submitted);
        }
    }

    [Fact]
    public void An_honest_host_is_never_refused()
    {
        using RefreshRig rig = Rig(encryptedWeights: false, batch: 1);
        for (int i = 0; i < 20; i++)
        {
            using RoomQuery query = rig.Query();
            CkksCiphertext[][] outputs = rig.Evaluate(query, [GraphBuilder.RandomInputs(Graph, 1000 + i)], new RoomRefresher(query));
            for (int o = 0; o < outputs.Length; o++) rig.Decrypt(query, o, outputs[o], 1);
        }
    }

    [Fact]
    public void A_step_with_other_ciphertexts_than_it_takes_is_refused_by_name()
    {
        using RefreshRig rig = Rig(encryptedWeights: false, batch: 1);
        using RoomQuery query = rig.Query();
        CkksCiphertext[] input = query.Encrypt(0, [Polynomials.Images(Graph, 1)[0][0].Data]);
        CkksEvaluator evaluator = new(rig.Context);
        Assert.Equal(RoomFault.WrongCount, Assert.Throws<RoomException>(() => query.Refresh(0, [])).Fault);
        Assert.Equal(RoomFault.WrongCount, Assert.Throws<RoomException>(() => query.Refresh(0, [[input[0], input[0]]])).Fault);
        Assert.Equal(RoomFault.WrongCiphertext, Assert.Throws<RoomException>(() => query.Refresh(0, [[input[0]]])).Fault);
        CkksCiphertext noisy = evaluator.SwitchLevel(input[0], 1);
        noisy.Loosen(noisy.Estimate with { Deviation = 1e9 });
        Assert.Equal(RoomFault.WrongCiphertext, Assert.Throws<RoomException>(() => query.Refresh(0, [[noisy]])).Fault);
        RoomException early = Assert.Throws<RoomException>(() => query.Refresh(1, [[evaluator.SwitchLevel(input[0], 1)]]));
        Assert.Contains(early.Fault, new[] { RoomFault.StepOutOfOrder, RoomFault.IntegrityRefused });
    }

    [Theory]
    [InlineData(1e9f)]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void An_input_that_there_is_no_room_for_is_refused(float number)
    {
        using RefreshRig rig = Rig(encryptedWeights: false, batch: 1);
        using RoomQuery query = rig.Query();
        float[] image = Polynomials.Images(Graph, 1)[0][0].Data;
        image[^1] = number;
        Assert.Equal(RoomFault.InputRefused, Assert.Throws<RoomException>(() => query.Encrypt(0, [image])).Fault);
        Assert.Equal(RoomFault.InputRefused, Assert.Throws<RoomException>(() => query.Encrypt(0, [image[1..]])).Fault);
        Assert.Equal(RoomFault.InputRefused, Assert.Throws<RoomException>(() => query.Encrypt(0, [])).Fault);
    }

    private static RefreshRig Rig(bool encryptedWeights, int batch) => new(LeveledCompiler.Compile(Graph, Polynomials.Images(Graph, 8), InputCard.None,
        new() { EncryptedWeights = encryptedWeights, Batch = batch, Refresh = true }, LeveledParameters.Degree, new LeveledCosts(1e9)),
        encryptedWeights, Prg.Derive([], "refresh test"));

    /// <summary>A host that is honest but at one step.</summary>
    private sealed class Recorder(RefreshRig rig, Cheat cheat, int at) : IRefresher
    {
        private readonly List<CkksCiphertext[][]> _seen = [];
        private RoomQuery? _query;

        public Recorder? Earlier { get; init; }
        public int Submitted { get; private set; }

        public IRefresher On(RoomQuery query)
        {
            _query = query;
            return this;
        }

        public CkksCiphertext[] Refresh(int refresh, CkksCiphertext[][] operands, CancellationToken cancellation)
        {
            Submitted++;
            CkksEvaluator evaluator = new(rig.Context);
            _seen.Add([.. operands.Select(blocks => blocks.Select(block => evaluator.SwitchLevel(block, 1)).ToArray())]);
            if (refresh == at) operands[^1][^1] = Claimed(Changed(evaluator, operands[^1][^1], refresh));
            return _query!.Refresh(refresh, operands);
        }

        /// <summary>With no more noise than an honest one claims.</summary>
        private CkksCiphertext Claimed(CkksCiphertext forged)
        {
            CkksSerializer serializer = new(rig.Context);
            byte[] bytes = serializer.Write(forged);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(26), 1);
            return serializer.ReadCiphertext(bytes);
        }

        private CkksCiphertext Changed(CkksEvaluator evaluator, CkksCiphertext honest, int refresh)
        {
            CkksCiphertext zero = evaluator.Zero(1, honest.Scale, 1);
            switch (cheat)
            {
                case Cheat.AddsToAllSlots:
                    return evaluator.Add(honest, 0.001);
                case Cheat.SubmitsZero:
                    return zero;
                case Cheat.SubmitsAnEarlierQuery:
                    return Earlier!._seen[refresh][^1][^1];
                case Cheat.SubmitsAnotherStep:
                    return Earlier!._seen[(refresh + 1) % rig.Contract.Refreshes.Length][^1][^1];
                case Cheat.Doubles:
                    evaluator.AddTo(zero, honest);
                    evaluator.AddTo(zero, honest);
                    return zero;
                default:
                    using (CkksPlaintext one = new CkksEncoder(rig.Context).Encode([0.01], 1, honest.Scale, 1)) return evaluator.Add(honest, one);
            }
        }
    }
}
