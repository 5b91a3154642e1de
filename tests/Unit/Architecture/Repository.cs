using System.Runtime.CompilerServices;

namespace Blindsight.Unit.Architecture;

/// <summary>The files that these tests read.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>Hand-written C# files below a folder, with paths relative to the root.</summary>
    public static IEnumerable<(string Path, string[] Lines)> CSharp(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Intersect(["bin", "obj"]).Any())
            .Select(path => (path, File.ReadAllLines(Path.Combine(Root, path))));

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
