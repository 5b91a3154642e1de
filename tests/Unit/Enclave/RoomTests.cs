using System.Net.Sockets;
using System.Security.Cryptography;
using Blindsight.Compiler.Reference;
using Blindsight.Enclave;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Wire;
using Blindsight.Hosting.Rooms.Host;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Unit.Enclave;

public sealed class RoomTests
{
    [Fact]
    public void A_query_comes_to_what_floats_say_and_the_host_is_told_none_of_it()
    {
        using RoomTrial trial = new();
        RoomId model = trial.Upload();
        using HostedModel hosted = trial.Hosted(model);
        RoomOwner owner = trial.DataOwner(model);
        RoomId query = owner.Ask(RoomTrial.Image(0));
        Refused(RoomFault.NotReady, () => owner.Collect(query));
        hosted.Evaluate(trial.Host, owner.Context, query, _ => { }, default);
        AssertFloats(owner.Collect(query), 0);
        Refused(RoomFault.UnknownQuery, () => owner.Collect(query));
        Assert.Equal(2, trial.Room.Counters.Decryptions);
    }

    [Fact]
    public void Replays_reorderings_wrong_steps_and_extra_ciphertexts_are_refused_by_name_and_counted()
    {
        using RoomTrial trial = new();
        RoomId model = trial.Upload();
        RoomOwner owner = trial.DataOwner(model);
        RoomId query = owner.Ask(RoomTrial.Image(0));
        byte[] names = [.. owner.Context.ToBytes(), .. query.ToBytes()];
        byte[] block = new byte[100];
        Refused(RoomFault.StepOutOfOrder, () => trial.Host.Ask(RoomRequest.Refresh, Submission(names, 0, block)));
        trial.Host.Ask(RoomRequest.Begin, names);
        Refused(RoomFault.StepReplayed, () => trial.Host.Ask(RoomRequest.Begin, names));
        Refused(RoomFault.StepOutOfOrder, () => trial.Host.Ask(RoomRequest.Refresh, Submission(names, 1, block)));
        Refused(RoomFault.StepOutOfOrder, () => trial.Host.Ask(RoomRequest.Finish, Outputs(names, block)));
        Refused(RoomFault.WrongCount, () => trial.Host.Ask(RoomRequest.Refresh, Submission(names, 0, block, block)));
        Refused(RoomFault.WrongCount, () => trial.Host.Ask(RoomRequest.Refresh, Submission(names, 0)));
        Refused(RoomFault.Malformed, () => trial.Host.Ask(RoomRequest.Refresh, [.. names, .. new WireWriter().Int32(0).Int32(int.MaxValue).ToBytes()]));
        Refused(RoomFault.WrongCiphertext, () => trial.Host.Ask(RoomRequest.Refresh, Submission(names, 0, block)));
        // What is no ciphertext ends the query: nothing more is decrypted for it.
        Refused(RoomFault.WrongCiphertext, () => trial.Host.Ask(RoomRequest.Refresh, Submission(names, 0, block)));
        Refused(RoomFault.WrongCiphertext, () => owner.Collect(query));
        Assert.Equal(0, trial.Room.Counters.Decryptions);
        RoomFault[] counted = [RoomFault.StepOutOfOrder, RoomFault.StepReplayed, RoomFault.WrongCount];
        Assert.Equal([3, 1, 2], counted.Select(trial.Room.Counters.Refusals));
    }

    [Fact]
    public void A_host_that_computes_something_else_is_caught_and_the_model_is_withdrawn()
    {
        using RoomTrial trial = new();
        RoomId model = trial.Upload();
        RoomOwner owner = trial.DataOwner(model);
        RoomId first = owner.Ask(RoomTrial.Image(0)), second = owner.Ask(RoomTrial.Image(1));
        using HostedModel hosted = trial.Hosted(model);
        using HostedContext keys = HostedContext.Fetch(hosted, trial.Host, owner.Context, null, null);
        byte[] other = [.. owner.Context.ToBytes(), .. second.ToBytes()], own = [.. owner.Context.ToBytes(), .. first.ToBytes()];
        trial.Host.Ask(RoomRequest.Begin, own);
        WireReader begun = new(trial.Host.Ask(RoomRequest.Begin, other), "inputs");
        begun.UInt64();
        CkksCiphertext[][] inputs = hosted.Read(ref begun, hosted.Program.Inputs.Select(input => input.Value));
        LeveledEvaluator evaluator = new(hosted.Context, hosted.Program, keys.Weights, keys.Relinearization, keys.Rotations, 1);
        // The second query's ciphertexts, handed in as the first query's: honest numbers in the wrong place.
        Refused(RoomFault.IntegrityRefused, () => evaluator.Run(inputs, refresher: new RoomRefresher(hosted, trial.Host, own)));
        Refused(RoomFault.IntegrityRefused, () => trial.Host.Ask(RoomRequest.Refresh, Submission(other, 0, new byte[10])));
        Refused(RoomFault.IntegrityRefused, () => owner.Collect(first));
        Refused(RoomFault.IntegrityRefused, () => trial.DataOwner(model));
        trial.DataOwner(trial.Upload());
    }

    [Fact]
    public void Model_owners_and_data_owners_are_kept_apart()
    {
        using RoomTrial trial = new();
        RoomId model = trial.Upload(), otherModel = trial.Upload();
        Assert.NotEqual(model, otherModel);
        using ECDsa alice = ECDsa.Create(ECCurve.NamedCurves.nistP256), bob = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        RoomOwner first = trial.DataOwner(model, alice), second = trial.DataOwner(model, bob), elsewhere = trial.DataOwner(otherModel, alice);
        Assert.Equal(3, new[] { first.Context, second.Context, elsewhere.Context }.Distinct().Count());
        Assert.Equal(first.Context, trial.DataOwner(model, alice).Context);
        RoomId query = first.Ask(RoomTrial.Image(0));
        Refused(RoomFault.UnknownQuery, () => second.Collect(query));
        Refused(RoomFault.UnknownQuery, () => elsewhere.Collect(query));
        foreach (RoomOwner other in (RoomOwner[])[second, elsewhere])
            Refused(RoomFault.UnknownQuery, () => trial.Host.Ask(RoomRequest.Begin, [.. other.Context.ToBytes(), .. query.ToBytes()]));
        Refused(RoomFault.UnknownContext, () => trial.Host.Ask(RoomRequest.Begin, [.. RoomId.Draw().ToBytes(), .. query.ToBytes()]));
        Refused(RoomFault.UnknownContext, () => trial.Host.Ask(RoomRequest.Keys, RoomId.Draw().ToBytes()));
        Assert.NotEqual(Keys(first), Keys(second));
        // Bob's key with a signature that is not his.
        RoomOwner thief = trial.Owner();
        Refused(RoomFault.UnknownContext, () => thief.Ask(OwnerMessage.Enter, [.. model.ToBytes(), .. CurvePoint.Of(bob), .. new byte[64]]));
        Refused(RoomFault.UnknownModel, () => trial.DataOwner(RoomId.Draw()));

        string Keys(RoomOwner owner) => Convert.ToHexString(SHA256.HashData(trial.Host.Ask(RoomRequest.Keys, owner.Context.ToBytes())));
    }

    [Fact]
    public void Keys_are_replaced_after_so_many_results_and_queries_of_before_are_refused()
    {
        using RoomTrial trial = new(RoomLimits.Default with { ResultsPerKey = 2 });
        RoomId model = trial.Upload();
        using HostedModel hosted = trial.Hosted(model);
        RoomOwner owner = trial.DataOwner(model);
        RoomId[] queries = [owner.Ask(RoomTrial.Image(0)), owner.Ask(RoomTrial.Image(1))];
        hosted.Evaluate(trial.Host, owner.Context, queries[0], _ => { }, default);
        RoomId third = owner.Ask(RoomTrial.Image(2));
        Assert.Equal(1, trial.Room.Counters.Rotations);
        Refused(RoomFault.KeyRotated, () => hosted.Evaluate(trial.Host, owner.Context, queries[1], _ => { }, default));
        Refused(RoomFault.KeyRotated, () => owner.Collect(queries[1]));
        byte[] old = new WireWriter().Raw(owner.Context.ToBytes()).UInt64(1).Int32(0).Int32(1).ToBytes();
        Refused(RoomFault.KeyRotated, () => trial.Host.Ask(RoomRequest.Weights, old));
        AssertFloats(owner.Collect(queries[0]), 0);
        hosted.Evaluate(trial.Host, owner.Context, third, _ => { }, default);
        AssertFloats(owner.Collect(third), 2);
        using RoomTrial strict = new(RoomLimits.Default with { DecryptionsPerKey = 1 });
        RoomOwner refused = strict.DataOwner(strict.Upload());
        Refused(RoomFault.ContractRefused, () => refused.Ask(RoomTrial.Image(0)));
    }

    [Fact]
    public void Records_that_are_changed_or_repeated_close_their_channel_and_no_other()
    {
        using RoomTrial trial = new();
        RoomId model = trial.Upload();
        RoomOwner owner = trial.DataOwner(model), other = trial.DataOwner(model);
        byte[] record = owner.Record(OwnerMessage.Collect, RoomId.Draw().ToBytes());
        trial.Host.Ask(RoomRequest.Record, record);
        Refused(RoomFault.RecordRefused, () => trial.Host.Ask(RoomRequest.Record, record));
        Refused(RoomFault.UnknownChannel, () => trial.Host.Ask(RoomRequest.Record, owner.Record(OwnerMessage.Collect, new byte[16])));
        other.Ask(RoomTrial.Image(0));
        trial.Host.Ask(RoomRequest.Close, new WireWriter().UInt64(other.Channel).ToBytes());
        Refused(RoomFault.UnknownChannel, () => other.Ask(RoomTrial.Image(0)));
        RoomOwner early = trial.Owner();
        Refused(RoomFault.OutOfOrder, () => early.Ask(RoomTrial.Image(0)));
        Refused(RoomFault.OutOfOrder, () => early.Ask(OwnerMessage.ModelPart, [1]));
        Refused(RoomFault.OutOfOrder, () => early.Ask(OwnerMessage.ModelEnd, []));
        Refused(RoomFault.UnknownRequest, () => early.Ask((OwnerMessage)77, []));
        early.Ask(OwnerMessage.ModelBegin, new WireWriter().Int32(4).ToBytes());
        Refused(RoomFault.Malformed, () => early.Ask(OwnerMessage.ModelPart, [1, 2, 3, 4, 5]));
        early.Ask(OwnerMessage.ModelPart, [1, 0, 0, 0]);
        Refused(RoomFault.Malformed, () => early.Ask(OwnerMessage.ModelEnd, []));
    }

    [Fact]
    public void Inputs_that_are_none_are_refused()
    {
        using RoomTrial trial = new();
        RoomOwner owner = trial.DataOwner(trial.Upload());
        float[] good = RoomTrial.Image(0)[0].Data;
        foreach ((RoomFault fault, byte[] payload) in ((RoomFault, byte[])[])
        [
            (RoomFault.InputRefused, new WireWriter().Int32(1).Floats(good.AsSpan(1)).ToBytes()),
            (RoomFault.InputRefused, new WireWriter().Int32(1).Floats([.. good[1..], 1e6f]).ToBytes()),
            (RoomFault.Malformed, new WireWriter().Int32(1).Floats([.. good[1..], float.NaN]).ToBytes()),
            (RoomFault.Malformed, new WireWriter().Int32(1).Floats([.. good, 0]).ToBytes()),
            (RoomFault.Malformed, new WireWriter().Int32(0).Floats(good).ToBytes()),
            (RoomFault.Malformed, new WireWriter().Int32(1).Floats(good).Byte(0).ToBytes()),
            (RoomFault.Malformed, []),
        ])
            Refused(fault, () => owner.Ask(OwnerMessage.Ask, payload));
    }

    [Fact]
    public void A_restart_opens_what_was_sealed_and_refuses_what_was_changed()
    {
        using RoomTrial trial = new();
        RoomId model = trial.Upload(), changed = trial.Upload();
        string file = Path.Combine(trial.State, "models", $"{changed}.sealed");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        // One sealed file under another's name does not pass for it either.
        File.Copy(Path.Combine(trial.State, "models", $"{model}.sealed"), Path.Combine(trial.State, "models", $"{RoomId.Draw()}.sealed"));
        using RoomTrial again = new(state: trial.State);
        Assert.Equal(2, again.Room.Counters.Refusals(RoomFault.SealRefused));
        using HostedModel hosted = again.Hosted(model);
        RoomOwner owner = again.DataOwner(model);
        RoomId query = owner.Ask(RoomTrial.Image(3));
        hosted.Evaluate(again.Host, owner.Context, query, _ => { }, default);
        AssertFloats(owner.Collect(query), 3);
        Refused(RoomFault.UnknownModel, () => again.DataOwner(changed));
    }

    /// <summary>Length and kind as they stand in the header; what follows is less than announced.</summary>
    [Theory]
    [InlineData(int.MaxValue, (byte)RoomRequest.Refresh)]
    [InlineData(1 << 30, (byte)RoomRequest.Finish)]
    [InlineData(1 << 20, (byte)RoomRequest.Open)]
    [InlineData(-5, (byte)RoomRequest.Record)]
    [InlineData(0, (byte)RoomRequest.Keys)]
    [InlineData(1, (byte)0)]
    [InlineData(1, (byte)200)]
    public void Hostile_frames_end_their_connection_and_no_other(int length, byte kind)
    {
        using RoomTrial trial = new();
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(trial.Socket));
        socket.Send([.. BitConverter.GetBytes(length), kind, 1, 2, 3]);
        socket.ReceiveTimeout = 10_000;
        // Closed, which with something unread is a reset.
        Assert.Equal(0, socket.Receive(new byte[1], 0, 1, SocketFlags.None, out SocketError error));
        Assert.Contains(error, (SocketError[])[SocketError.Success, SocketError.ConnectionReset]);
        Assert.Equal(1, trial.Room.Counters.Refusals(RoomFault.FrameRefused) + trial.Room.Counters.Refusals(RoomFault.UnknownRequest));
        Assert.NotEmpty(trial.Host.Ask(RoomRequest.Report, []));
    }

    [Fact]
    public void What_is_full_says_so()
    {
        using RoomTrial trial = new(RoomLimits.Default with { ChannelsMax = 3, ModelsMax = 1, QueriesMax = 1 });
        RoomId model = trial.Upload();
        Refused(RoomFault.TooMany, () => trial.Upload());
        RoomOwner owner = trial.DataOwner(model);
        owner.Ask(RoomTrial.Image(0));
        Refused(RoomFault.TooMany, () => owner.Ask(RoomTrial.Image(0)));
        Refused(RoomFault.TooMany, () => trial.Owner());
        using RoomTrial narrow = new(RoomLimits.Default with { ContextsMax = 1 });
        RoomId only = narrow.Upload();
        RoomOwner alice = narrow.DataOwner(only), bob = narrow.DataOwner(only);
        Refused(RoomFault.UnknownContext, () => alice.Ask(RoomTrial.Image(0)));
        bob.Ask(RoomTrial.Image(0));
    }

    private static void AssertFloats(float[] slots, int image)
    {
        RoomContract contract = RoomContract.Read(RoomTrial.Model.Package.Contract);
        float unit = MathF.ScaleB(1, contract.Values[contract.Outputs[0].Value].Exponent);
        float[] expected = FloatReference.Run(RoomTrial.Model.Graph, RoomTrial.Image(image))[0].Data;
        Assert.Equal(expected.Length, slots.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], slots[i] * unit, 1e-4);
    }

    private static byte[] Submission(byte[] names, int step, params byte[][] blocks) =>
        [.. names, .. new WireWriter().Int32(step).ToBytes(), .. Blocks(blocks)];

    private static byte[] Outputs(byte[] names, params byte[][] blocks) => [.. names, .. Blocks(blocks)];

    private static byte[] Blocks(byte[][] blocks)
    {
        WireWriter writer = new WireWriter().Int32(blocks.Length);
        foreach (byte[] block in blocks) writer.Bytes(block);
        return writer.ToBytes();
    }

    private static void Refused(RoomFault fault, Action ask) => Assert.Equal(fault, Assert.Throws<RoomException>(ask).Fault);

    private static void Refused(RoomFault fault, Func<object> ask) => Refused(fault, () => { ask(); });
}
