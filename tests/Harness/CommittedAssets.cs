namespace Blindsight.Harness;

/// <summary>Files of the repository's folder of assets.</summary>
public static class CommittedAssets
{
    public static string File(string folder, string name)
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !Directory.Exists(Path.Combine(at.FullName, "assets", folder))) at = at.Parent;
        return Path.Combine(at?.FullName ?? "", "assets", folder, name);
    }
}
