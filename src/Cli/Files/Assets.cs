namespace Blindsight.Cli.Files;

/// <summary>Files in the folder assets of the repository that this program was built from.</summary>
internal static class Assets
{
    /// <summary>A folder below assets.</summary>
    /// <exception cref="CommandException">It is not there.</exception>
    public static string Folder(string name)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "assets", name);
            if (Directory.Exists(folder)) return folder;
        }
        throw new CommandException($"The folder assets/{name} is missing; run this program from its repository.");
    }

    public static string File(string folder, string name) => Path.Combine(Folder(folder), name);
}
