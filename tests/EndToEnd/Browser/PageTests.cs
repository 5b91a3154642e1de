using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Blindsight.Cli.Files;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;
using Xunit.Abstractions;

namespace Blindsight.EndToEnd.Browser;

/// <summary>
/// The web page in Chromium, asking two servers that are processes of their own, with a dealer. What a browser can judge is judged in
/// tests/Browser/page.mjs; here its answers are compared with the model in the clear.
/// </summary>
public sealed class PageTests(ITestOutputHelper log) : Workspace
{
    /// <summary>Of the demonstration's digits, the first three.</summary>
    private const int Digit = 6;

    [BrowserFact]
    public void A_browser_asks_two_servers_and_shows_what_the_model_says()
    {
        DemoFiles demo = DemoFiles.Find();
        using Outsourced servers = new(Directory.CreateDirectory(File("servers")).FullName, demo.Model, demo.Calibration);
        SampleSet digits = SampleReader.Read(demo.Digits);
        JsonElement[] told = Run(servers, digits.Bytes!.AsSpan(Digit * 784, 784));
        Assert.Equal(["mouse", "phone", "keyboard"], told.Select(answer => answer.GetProperty("name").GetString()));

        QuantizedModel model = PlanCompiler.Quantize(ModelFiles.Model(demo.Model), ModelFiles.Plan(servers.Plan));
        FixedPointReference reference = new(model);
        foreach (JsonElement answer in told)
        {
            byte[] pixels = [.. answer.GetProperty("pixels").EnumerateArray().Select(pixel => pixel.GetByte())];
            FloatTensor input = Preprocessing.Apply(new SampleSet("page", 1, [1, 28, 28], pixels, null), 0, model.Plan.Card, model.Plan.Inputs[0].Shape);
            Assert.Equal(ClientCodec.Encode(model.Plan, 0, input.Data), answer.GetProperty("input").EnumerateArray().Select(element => element.GetInt32()));
            double[] expected = Probabilities(reference.Run([input])[0].Data);
            Assert.Equal(model.Plan.Card.Classes[Array.IndexOf(expected, expected.Max())], answer.GetProperty("class").GetString());
            double[] shown = [.. answer.GetProperty("percents").EnumerateArray().Select(text => Percent(text.GetString()!))];
            Assert.Equal(expected.Length, shown.Length);
            for (int i = 0; i < shown.Length; i++) Assert.InRange(shown[i], 100 * expected[i] - 3, 100 * expected[i] + 3);
        }
        Assert.Equal(["7", "3", "1"], told.Select(answer => answer.GetProperty("class").GetString()));
        Assert.Equal(digits.Bytes!.AsSpan(Digit * 784, 784).ToArray(), told[1].GetProperty("pixels").EnumerateArray().Select(pixel => pixel.GetByte()));
    }

    /// <summary>The answers that the page showed; kills the second server when the script asks for it.</summary>
    private JsonElement[] Run(Outsourced servers, ReadOnlySpan<byte> digit)
    {
        byte[] rows = new byte[29 * 28];
        for (int y = 0; y < 28; y++) digit.Slice(28 * y, 28).CopyTo(rows.AsSpan(29 * y + 1));
        string given = JsonSerializer.Serialize(new
        {
            chromium = BrowserTools.Chromium, a = servers.A, b = servers.B, digit = SampleFiles.Png(28, 28, 0, rows),
            screenshots = Environment.GetEnvironmentVariable("BLINDSIGHT_SCREENSHOTS"),
        });
        ProcessStartInfo start = new(BrowserTools.Node!, [Path.Combine(BrowserTools.Folder, "page.mjs"), given])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process node = Process.Start(start)!;
        using Timer limit = new(_ => node.Kill(entireProcessTree: true), null, TimeSpan.FromMinutes(3), Timeout.InfiniteTimeSpan);
        Task<string> error = node.StandardError.ReadToEndAsync();
        List<JsonElement> answers = [];
        while (node.StandardOutput.ReadLine() is { } line)
        {
            JsonElement told = JsonSerializer.Deserialize<JsonElement>(line);
            if (told.TryGetProperty("name", out _)) answers.Add(told);
            if (told.TryGetProperty("timing", out JsonElement timing)) log.WriteLine($"shares of 3 x 224 x 224 in Chromium: {timing}");
            if (!told.TryGetProperty("stop", out _)) continue;
            servers.StopB();
            node.StandardInput.WriteLine();
        }
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, error.Result);
        return [.. answers];
    }

    private static double[] Probabilities(float[] logits)
    {
        double largest = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - largest));
        return [.. logits.Select(logit => Math.Exp(logit - largest) / sum)];
    }

    /// <summary>"12.3 %", "&lt; 0.1 %" or "&gt; 99.9 %".</summary>
    private static double Percent(string text) => double.Parse(text.Trim('<', '>', '%', ' '), CultureInfo.InvariantCulture);
}
