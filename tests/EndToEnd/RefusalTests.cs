using System.Runtime.InteropServices;
using System.Text;
using Blindsight.Harness;

namespace Blindsight.EndToEnd;

public sealed class RefusalTests(SmallModel small) : Workspace, IClassFixture<SmallModel>
{
    [Theory]
    [InlineData("MODEL --plan PLAN --input ROWS --rows 0-12", "row 12")]
    [InlineData("MODEL --plan PLAN --input ROWS --rows 4-2", "A-B")]
    [InlineData("MODEL --plan PLAN --input ROWS --rows first", "A-B")]
    [InlineData("MODEL --plan PLAN --input ROWS --rows -1", "--rows")]
    [InlineData("MODEL --plan PLAN --input nowhere.npy", "nowhere.npy")]
    [InlineData("nowhere.onnx --plan PLAN --input ROWS", "nowhere.onnx")]
    [InlineData("MODEL --plan nowhere.plan --input ROWS", "nowhere.plan")]
    [InlineData("MODEL --plan PLAN --calibration ROWS --input ROWS", "--calibration")]
    [InlineData("MODEL --input ROWS", "--plan")]
    [InlineData("MODEL --plan ROWS --input ROWS", "plan")]
    [InlineData("ROWS --plan PLAN --input ROWS", "ONNX")]
    [InlineData("MODEL --plan PLAN --input MODEL", "kind of file")]
    [InlineData("MODEL --plan PLAN --input ROWS --link moon", "moon")]
    [InlineData("MODEL --plan PLAN --input ROWS --threads 0", "--threads")]
    [InlineData("MODEL --plan PLAN --input ROWS --memory much", "--memory")]
    [InlineData("MODEL --plan PLAN --input ROWS --memory 2", "--memory")]
    [InlineData("MODEL --plan PLAN --input ROWS --deployment enclave", "enclave")]
    [InlineData("MODEL --plan PLAN --input ROWS --deployment he", "--plan")]
    [InlineData("MODEL --input ROWS --deployment he", "--calibration")]
    [InlineData("MODEL --calibration ROWS --input ROWS --deployment he --comparison ot", "--comparison")]
    [InlineData("MODEL --calibration ROWS --input ROWS --deployment he --rows 0", "ReLU")]
    [InlineData("MODEL --plan PLAN --input ROWS --labels nowhere.idx", "nowhere.idx")]
    [InlineData("MODEL --plan PLAN --input ROWS --card nowhere.yaml", "nowhere.yaml")]
    public void A_run_that_cannot_work_is_refused_in_one_sentence_and_leaves_nothing(string arguments, string expected)
    {
        Tool.Outcome outcome = Tool.Run(["run", .. arguments.Split(' ').Select(Resolved), "--json", File("report.json")]);
        AssertRefused(outcome, expected);
        Assert.Empty(Names());
    }

    [Theory]
    [InlineData("serve MODEL --plan PLAN --insecure --listen 0.0.0.0:7766", "refused")]
    [InlineData("serve MODEL --plan PLAN --insecure --listen 192.168.1.1:7766", "refused")]
    [InlineData("serve MODEL --plan PLAN --insecure --listen 7766", "HOST:PORT")]
    [InlineData("infer --insecure --server example.org:7766 --input ROWS", "refused")]
    [InlineData("infer --insecure --server 127.0.0.1:1 --input ROWS", "127.0.0.1:1")]
    [InlineData("serve MODEL --plan PLAN", "blindsight certs")]
    [InlineData("serve --insecure", "no model")]
    [InlineData("serve MODEL --plan PLAN --insecure --labels-only", "labels only")]
    [InlineData("serve --insecure --config PLAN", "configuration")]
    [InlineData("serve MODEL --plan PLAN --insecure --manage 0.0.0.0:1", "refused")]
    [InlineData("infer --server 127.0.0.1:1 --input ROWS", "blindsight certs")]
    [InlineData("infer --server 127.0.0.1:1 --input ROWS --tls nowhere", "nowhere")]
    [InlineData("infer --server 127.0.0.1:1 --input ROWS --tls nowhere --insecure", "one of")]
    [InlineData("infer --server 127.0.0.1:1 --input ROWS --certificate nowhere", "go together")]
    [InlineData("compile MODEL --calibration ROWS --out /nowhere/model.plan", "nowhere")]
    [InlineData("compile MODEL --calibration PLAN --out x.plan", "kind of file")]
    [InlineData("inspect nowhere", "nowhere")]
    [InlineData("evaluate MODEL --plan PLAN --input ROWS --rows 99", "row 99")]
    [InlineData("check ROWS", "cannot be used")]
    [InlineData("fly", "fly")]
    public void Every_command_refuses_in_one_sentence(string arguments, string expected) =>
        AssertRefused(Tool.Run([.. arguments.Split(' ').Select(Resolved)]), expected);

    [Fact]
    public void Check_lists_every_node_that_is_not_supported()
    {
        byte[] graph =
        [
            .. Field(1, Node("x", "first", "Erf")), .. Field(1, Node("first_out", "second", "Einsum")), .. Field(2, "graph"u8.ToArray()),
            .. Field(11, Value("x")), .. Field(12, Value("second_out")),
        ];
        byte[] model = [.. Varint(1, 7), .. Field(7, graph), .. Field(8, Varint(2, 13))];
        Tool.Outcome outcome = Tool.Run("check", File("model.onnx", model));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("first (Erf)", outcome.Output);
        Assert.Contains("second (Einsum)", outcome.Output);
    }

    [Fact]
    public void A_value_that_is_not_a_number_is_refused_with_its_row()
    {
        float[] values = new float[2 * SmallModel.Side * SmallModel.Side];
        values[^1] = float.NaN;
        string rows = File("rows.npy", SampleFiles.Npy("<f4", $"2, 1, {SmallModel.Side}, {SmallModel.Side}",
            MemoryMarshal.AsBytes<float>(values).ToArray()));
        AssertRefused(Tool.Run("run", small.Model, "--plan", small.Plan, "--input", rows), "row 1");
    }

    [Fact]
    public void A_label_plan_of_another_model_is_refused()
    {
        string plan = File("label.plan");
        Assert.Equal(0, Tool.Run("compile", small.Model, "--calibration", small.Input, "--release", "label", "--out", plan).ExitCode);
        string changed = File("changed.plan", System.IO.File.ReadAllText(plan).Replace("\"client-server\"", "\"two-servers\""));
        AssertRefused(Tool.Run("run", small.Model, "--plan", changed, "--input", small.Input), "");
    }

    private string Resolved(string word) => word switch
    {
        "MODEL" => small.Model, "PLAN" => small.Plan, "ROWS" => small.Input, _ => word,
    };

    private static void AssertRefused(Tool.Outcome outcome, string expected)
    {
        Assert.InRange(outcome.ExitCode, 1, 2);
        string line = Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("blindsight: ", line);
        Assert.EndsWith(".", line);
        Assert.Contains(expected, line);
    }

    private static byte[] Node(string input, string name, string operation) =>
        [.. Text(1, input), .. Text(2, name + "_out"), .. Text(3, name), .. Text(4, operation)];

    /// <summary>A vector of two floats.</summary>
    private static byte[] Value(string name) =>
        [.. Text(1, name), .. Field(2, Field(1, [.. Varint(1, 1), .. Field(2, Field(1, Varint(1, 2)))]))];

    private static byte[] Text(int number, string text) => Field(number, Encoding.ASCII.GetBytes(text));

    /// <summary>A length-delimited field of a protobuf message of under 128 bytes.</summary>
    private static byte[] Field(int number, byte[] content) => [(byte)(number << 3 | 2), (byte)content.Length, .. content];

    private static byte[] Varint(int number, byte value) => [(byte)(number << 3), value];
}
