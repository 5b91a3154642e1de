using System.Diagnostics;

namespace Blindsight.EndToEnd.Browser;

/// <summary>The web page's modules without a browser.</summary>
public sealed class PageModulesTests
{
    [NodeFact]
    public void Modules_agree_with_the_frozen_vectors_under_node() =>
        Run(["--test", .. Directory.EnumerateFiles(BrowserTools.Folder, "*.test.mjs").Order()]);

    [TypesFact]
    public void Modules_hold_their_types() => Run([Path.Combine("node_modules", "typescript", "bin", "tsc"), "-p", "."]);

    private static void Run(string[] arguments)
    {
        ProcessStartInfo start = new(BrowserTools.Node!, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = BrowserTools.Folder,
        };
        using Process node = Process.Start(start)!;
        Task<string> output = node.StandardOutput.ReadToEndAsync(), error = node.StandardError.ReadToEndAsync();
        Assert.True(node.WaitForExit(TimeSpan.FromMinutes(2)), "node did not end");
        Assert.True(node.ExitCode == 0, output.Result + error.Result);
    }
}
