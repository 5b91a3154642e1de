using System.Buffers.Binary;
using System.Security.Cryptography;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Hosting;
using Blindsight.Hosting.Owner;
using Blindsight.Inference.Deployments.TwoServers;

namespace Blindsight.Unit.Hosting;

public sealed class ModelShareFileTests : HostingFolder
{
    private readonly QuantizedModel _model = TwoServersTrial.Outsourced(OutsourcedPlan.Create(), ComparisonKinds.Tables);

    public ModelShareFileTests() => ModelShareFile.Write(_model, In("a"), In("b"));

    [Fact]
    public void Both_files_together_hold_the_weights_and_only_their_owner_can_read_them()
    {
        ModelShareFile first = ModelShareFile.Read(In("a"), ServerRole.First), second = ModelShareFile.Read(In("b"), ServerRole.Second);
        WeightTensors sum = first.Weights.Combine(second.Weights, (one, other) => one + other), expected = WeightTensors.Of(_model);
        foreach ((int step, int term, _) in WeightTensors.Slots(_model.Plan)) Assert.Equal(expected[step, term], sum[step, term]);
        Assert.Equal(first.Split.ToArray(), second.Split.ToArray());
        Assert.Equal(PlanSerializer.Hash(_model.Plan), PlanSerializer.Hash(second.Plan));
        AssertPrivate(In("a"));
        AssertPrivate(In("b"));
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public void Every_split_is_another()
    {
        ModelShareFile.Write(_model, In("c"), In("d"));
        Assert.NotEqual(ModelShareFile.Read(In("a"), ServerRole.First).Split.ToArray(), ModelShareFile.Read(In("c"), ServerRole.First).Split.ToArray());
        Assert.NotEqual(File.ReadAllBytes(In("b"))[^100..], File.ReadAllBytes(In("d"))[^100..]);
    }

    [Theory]
    [InlineData("a", ServerRole.Second)]
    [InlineData("b", ServerRole.First)]
    public void A_file_is_refused_at_the_other_server(string name, ServerRole role) =>
        Assert.Contains("party", Assert.Throws<ParameterException>(() => ModelShareFile.Read(In(name), role)).Message);

    [Fact]
    public void A_plan_for_client_and_server_is_not_split() =>
        Assert.Throws<ParameterException>(() => ModelShareFile.Write(OutsourcedPlan.Create(), In("c"), In("d")));

    [Fact]
    public void A_changed_byte_anywhere_is_noticed()
    {
        byte[] whole = File.ReadAllBytes(In("a"));
        foreach (int at in Enumerable.Range(0, 48).Concat([100, whole.Length / 2, whole.Length - 70, whole.Length - 33, whole.Length - 32, whole.Length - 1]))
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x10;
            File.WriteAllBytes(In("x"), changed);
            Assert.Throws<ParameterException>(() => ModelShareFile.Read(In("x"), ServerRole.First));
        }
    }

    [Fact]
    public void A_file_that_is_cut_or_continued_is_refused()
    {
        byte[] whole = File.ReadAllBytes(In("b"));
        foreach (int length in new[] { 0, 1, 7, 43, 44, 45, 76, 200, whole.Length / 2, whole.Length - 33, whole.Length - 1 })
        {
            File.WriteAllBytes(In("x"), whole[..length]);
            Assert.Throws<ParameterException>(() => ModelShareFile.Read(In("x"), ServerRole.Second));
        }
        File.WriteAllBytes(In("x"), [.. whole, 0]);
        Assert.Throws<ParameterException>(() => ModelShareFile.Read(In("x"), ServerRole.Second));
    }

    [Theory]
    [InlineData(32, int.MaxValue)]
    [InlineData(32, -1)]
    [InlineData(32, 0)]
    [InlineData(40, int.MaxValue)]
    [InlineData(40, int.MinValue)]
    [InlineData(36, 0)]
    public void Lengths_that_the_file_does_not_have_are_refused_before_anything_is_allocated(int at, int value)
    {
        byte[] whole = File.ReadAllBytes(In("b"));
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(at), value);
        SHA256.HashData(whole.AsSpan(0, whole.Length - 32), whole.AsSpan(whole.Length - 32));
        File.WriteAllBytes(In("x"), whole);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ParameterException>(() => ModelShareFile.Read(In("x"), ServerRole.Second));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_share_of_another_length_than_its_plan_calls_for_is_refused_although_the_sum_is_right()
    {
        byte[] whole = File.ReadAllBytes(In("a"));
        byte[] longer = [.. whole[..^32], 1, 2, 3, 4];
        BinaryPrimitives.WriteInt64LittleEndian(longer.AsSpan(36), 36);
        File.WriteAllBytes(In("x"), [.. longer, .. SHA256.HashData(longer)]);
        Assert.Contains("calls for", Assert.Throws<ParameterException>(() => ModelShareFile.Read(In("x"), ServerRole.First)).Message);
    }
}
