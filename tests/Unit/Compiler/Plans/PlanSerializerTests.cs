using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Plans;

public class PlanSerializerTests
{
    private static readonly string Text = Encoding.UTF8.GetString(PlanSerializer.Serialize(SamplePlan.Create()));

    [Fact]
    public void Deserialize_inverts_serialize_byte_for_byte()
    {
        byte[] text = PlanSerializer.Serialize(SamplePlan.Create());
        Assert.Equal(text, PlanSerializer.Serialize(PlanSerializer.Deserialize(text)));
    }

    [Fact]
    public void Hash_ignores_white_space_and_sees_every_change()
    {
        byte[] spaced = Encoding.UTF8.GetBytes(Text.Replace(",", " ,\n"));
        byte[] hash = PlanSerializer.Hash(SamplePlan.Create());
        Assert.Equal(hash, PlanSerializer.Hash(PlanSerializer.Deserialize(spaced)));
        Assert.NotEqual(hash, PlanSerializer.Hash(SamplePlan.Create() with { Model = "other" }));
    }

    [Fact]
    public void Another_version_is_refused_by_name()
    {
        string message = Refused(Text.Replace("\"formatVersion\":3", "\"formatVersion\":1"));
        Assert.Contains("version 1", message);
    }

    [Theory]
    [InlineData("\"model\":\"sample\"", "\"model\":null")]
    [InlineData("\"model\":\"sample\"", "\"model\":\"a\",\"model\":\"b\"")]
    [InlineData("\"model\":\"sample\"", "\"model\":\"sample\",\"surplus\":1")]
    [InlineData("\"model\":\"sample\",", "")]
    [InlineData("\"kind\":\"max-pool\"", "\"kind\":\"min-pool\"")]
    [InlineData("\"kind\":\"max-pool\",", "")]
    [InlineData("\"ringBits\":16", "\"ringBits\":16.5")]
    [InlineData("\"scale\":", "\"scale\":1e999,\"Scale\":")]
    [InlineData("\"leftShifts\":[10,11]", "\"leftShifts\":null")]
    [InlineData("\"classes\":[\"cat\",\"dog\"]", "\"classes\":[null]")]
    [InlineData("\"postOperation\":{\"kind\":\"Softmax\"", "\"postOperation\":{\"kind\":\"Sotfmax\"")]
    public void Text_that_is_no_plan_is_refused(string from, string to)
    {
        Assert.Contains(from, Text);
        int at = Text.IndexOf(from, StringComparison.Ordinal);
        Refused(Text[..at] + to + Text[(at + from.Length)..]);
    }

    [Fact]
    public void Truncated_and_empty_text_is_refused()
    {
        foreach (int length in new[] { 0, 1, 10, Text.Length / 2, Text.Length - 1 }) Refused(Text[..length]);
        Refused("null");
        Refused(new string('[', 10_000));
    }

    private static string Refused(string text) =>
        Assert.Throws<ParameterException>(() => PlanSerializer.Deserialize(Encoding.UTF8.GetBytes(text))).Message;
}
