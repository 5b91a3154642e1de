using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.Leveled;

public sealed class LeveledSessionTests : IDisposable
{
    private readonly Graph _graph = Polynomials.Small();
    private readonly LeveledModel _model;

    public LeveledSessionTests() => _model = new LeveledModel(LeveledModel.Compile(
        _graph, Polynomials.Images(_graph, 4), InputCard.None, new() { Batch = 4 }, 1e9), 1);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_client_gets_predictions_of_images_in_several_evaluations()
    {
        FloatTensor[][] images = Polynomials.Images(_graph, 3);
        List<int> told = [];
        TwoPartyResult<FloatTensor[][], SessionReport> result = TwoParties.Run(channel =>
        {
            using LeveledClientSession session = LeveledClientSession.Open(channel, Prg.Derive([], "client"));
            FloatTensor[][] outputs = [.. session.Infer(images[..2], new Told(step => told.Add(step.Step))), .. session.Infer(images[2..])];
            Assert.InRange(session.OutputBound, 1e-9, 1e-2);
            Assert.Equal(3, session.Report.Rows);
            session.Close();
            return outputs;
        }, channel => LeveledServerSession.Run(channel, _model));
        Assert.Equal(3, result.Second.Rows);
        Assert.Equal(Enumerable.Range(1, _model.Program.Steps.Length), told);
        for (int image = 0; image < images.Length; image++)
        {
            float[] expected = FloatReference.Run(_graph, images[image])[0].Data;
            for (int e = 0; e < expected.Length; e++) Assert.Equal(expected[e], result.First[image][0].Data[e], 1e-4);
        }
    }

    [Fact]
    public void What_the_client_is_told_says_nothing_of_the_weights()
    {
        string json = Encoding.UTF8.GetString(_model.ContractJson);
        LeveledContract contract = LeveledContract.FromJson(_model.ContractJson);
        Assert.Equal(contract.ToJson(), _model.ContractJson);
        Assert.DoesNotContain("eight", json, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("bias", json, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("diagonal", json, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("\"slots\":8192", "\"slots\":8191")]
    [InlineData("\"slots\":8192", "\"slots\":4096")]
    [InlineData("\"depth\":3", "\"depth\":300")]
    [InlineData("\"depth\":3", "\"depth\":30")]
    [InlineData("\"format\":1", "\"format\":2")]
    [InlineData("\"rotations\":[", "\"rotations\":[8192,")]
    [InlineData("\"exponent\":", "\"exponent\":1000000")]
    [InlineData("\"sources\":[", "\"sources\":[36,")]
    [InlineData("\"sources\":[", "\"sources\":[-2,")]
    [InlineData("\"shape\":[", "\"shape\":[0,")]
    [InlineData("\"shape\":[", "\"shape\":[67108864,67108864,")]
    public void A_contract_that_cannot_be_is_a_named_fault(string from, string to)
    {
        string json = Encoding.UTF8.GetString(_model.ContractJson);
        Assert.Contains(from, json, StringComparison.Ordinal);
        byte[] hostile = Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal));
        TwoPartyFaults faults = TwoParties.RunToFault(channel =>
        {
            using LeveledClientSession session = LeveledClientSession.Open(channel, Prg.Derive([], "client"));
        }, channel =>
        {
            channel.Receive(LeveledTag.Hello, new byte[LeveledWire.Hello.Length]);
            channel.Send(LeveledTag.Contract, hostile);
            channel.Flush();
        });
        Assert.Equal(PeerFault.MalformedMessage, Assert.IsType<ProtocolException>(faults.First).Fault);
    }

    [Fact]
    public void A_contract_that_asks_for_thousands_of_keys_is_refused_before_they_are_made()
    {
        LeveledContract greedy = LeveledContract.FromJson(_model.ContractJson) with { Rotations = [.. Enumerable.Range(1, 4000)] };
        TwoPartyFaults faults = TwoParties.RunToFault(channel =>
        {
            using LeveledClientSession session = LeveledClientSession.Open(channel, Prg.Derive([], "client"));
        }, channel =>
        {
            channel.Receive(LeveledTag.Hello, new byte[LeveledWire.Hello.Length]);
            channel.Send(LeveledTag.Contract, greedy.ToJson());
            channel.Flush();
        });
        Assert.Equal(PeerFault.LimitExceeded, Assert.IsType<ProtocolException>(faults.First).Fault);
    }

    [Fact]
    public void Every_cut_of_a_contract_is_refused()
    {
        byte[] json = _model.ContractJson;
        for (int length = 0; length < json.Length; length += Math.Max(1, json.Length / 97))
            Assert.Throws<ParameterException>(() => LeveledContract.FromJson(json.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("version", PeerFault.VersionMismatch)]
    [InlineData("garbage key", PeerFault.MalformedMessage)]
    [InlineData("short key", PeerFault.WrongLength)]
    [InlineData("other rotations", PeerFault.MalformedMessage)]
    [InlineData("images", PeerFault.LimitExceeded)]
    [InlineData("garbage input", PeerFault.MalformedMessage)]
    [InlineData("other scale", PeerFault.MalformedMessage)]
    public void A_hostile_client_is_refused_by_name(string what, PeerFault fault)
    {
        TwoPartyFaults faults = TwoParties.RunToFault(channel => Attack(channel, what), channel => LeveledServerSession.Run(channel, _model));
        Assert.Equal(fault, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    [Fact]
    public void An_input_larger_than_there_is_room_for_is_refused_before_it_is_sent()
    {
        FloatTensor[][] images = Polynomials.Images(_graph, 1);
        images[0][0].Data[0] = 1000;
        TwoPartyFaults faults = TwoParties.RunToFault(channel =>
        {
            using LeveledClientSession session = LeveledClientSession.Open(channel, Prg.Derive([], "client"));
            session.Infer(images);
        }, channel => LeveledServerSession.Run(channel, _model));
        Assert.Contains("input0", Assert.IsType<ParameterException>(faults.First).Message, StringComparison.Ordinal);
    }

    private sealed class Told(Action<StepProgress> then) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => then(value);
    }

    private void Attack(IChannel channel, string what)
    {
        channel.Send(LeveledTag.Hello, what == "version" ? "BLHE\u0002"u8 : LeveledWire.Hello);
        byte[] json = channel.ReceiveUpTo(LeveledTag.Contract, LeveledWire.ContractBytesMax);
        LeveledContract contract = LeveledContract.FromJson(json);
        using CkksContext context = new(LeveledParameters.Of(contract.Depth));
        using Prg prg = Prg.Derive([], "attack");
        using CkksSecretKey key = CkksSecretKey.Create(context, prg);
        CkksSerializer serializer = new(context);
        byte[] relinearization = serializer.Write(CkksRelinearizationKey.Create(key, prg));
        if (what == "garbage key") relinearization.AsSpan(10).Fill(0xff);
        if (what == "short key") relinearization = relinearization[1..];
        channel.Send(LeveledTag.RelinearizationKey, relinearization);
        IEnumerable<int> rotations = what == "other rotations" ? contract.Rotations.Select(step => step == 1 ? 3000 : step + 1) : contract.Rotations;
        channel.Send(LeveledTag.RotationKeys, serializer.Write(CkksGaloisKeys.Create(key, rotations, false, prg)));
        channel.Send(LeveledTag.Query, what == "images" ? [0, 0, 0, 1] : [1, 0, 0, 0]);
        using CkksPlaintext plaintext = new CkksEncoder(context).Encode(
            new double[1], 1, LeveledParameters.Scale * (what == "other scale" ? 2 : 1), contract.Depth + 1);
        using CkksCiphertext input = new CkksSecretEncryptor(key, prg).Encrypt(plaintext);
        byte[] bytes = serializer.Write(input);
        if (what == "garbage input") bytes.AsSpan(bytes.Length / 2).Fill(0xff);
        for (int block = 0; block < contract.LayoutOf(contract.Inputs[0]).Blocks; block++) channel.Send(LeveledTag.Input, bytes);
        channel.Flush();
        channel.Receive(LeveledTag.Progress, []);
    }
}
