namespace Blindsight.EndToEnd.Browser;

/// <summary>What the tests of the web page need besides .NET; the script 'test' fetches it where it can.</summary>
internal static class BrowserTools
{
    /// <summary>The folder of the page's tests that are JavaScript.</summary>
    public static string Folder { get; } = Path.Combine(Tool.Root, "tests", "Browser");

    public static string? Node { get; } = OnPath("node");

    public static string? Chromium { get; } = OnPath("chromium") ?? OnPath("chromium-browser") ?? OnPath("google-chrome");

    /// <summary>Whether a package of tests/Browser/package.json is there.</summary>
    public static bool HasPackage(string name) => Directory.Exists(Path.Combine(Folder, "node_modules", name));

    private static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

/// <summary>A fact about the page's modules under node, skipped, saying so, where something is missing.</summary>
public class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute()
    {
        if (BrowserTools.Node is null) Skip = "node is missing: the web page's modules are NOT TESTED";
    }
}

/// <summary>A fact about the page's types, skipped, saying so, where something is missing.</summary>
public sealed class TypesFactAttribute : NodeFactAttribute
{
    public TypesFactAttribute()
    {
        if (!BrowserTools.HasPackage("typescript")) Skip = "run 'npm ci' in tests/Browser: the web page's types are NOT CHECKED";
    }
}

/// <summary>A fact about the page in Chromium, skipped, saying so, where something is missing.</summary>
public sealed class BrowserFactAttribute : NodeFactAttribute
{
    public BrowserFactAttribute()
    {
        if (BrowserTools.Chromium is null) Skip = "Chromium is missing: the web page is NOT TESTED";
        else if (!BrowserTools.HasPackage("playwright-core")) Skip = "run 'npm ci' in tests/Browser: the web page is NOT TESTED";
    }
}
