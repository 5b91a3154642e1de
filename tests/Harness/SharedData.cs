namespace Blindsight.Harness;

/// <summary>Where the public test data lies: the folder shared/data beside the project or above it.</summary>
public static class SharedData
{
    private static readonly string? Root = Find();

    public static bool Present => Root is not null;

    /// <summary>The full path of a file or folder of the test data.</summary>
    public static string Path(params string[] parts) =>
        System.IO.Path.Combine([Root ?? throw new InvalidOperationException("shared/data is absent"), .. parts]);

    private static string? Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = System.IO.Path.Combine(at.FullName, "shared", "data");
            if (Directory.Exists(candidate)) return candidate;
        }
        return null;
    }
}
