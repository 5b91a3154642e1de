namespace Blindsight.Hosting.Files;

/// <summary>Files that their owner alone can read (mode 0600), there whole or not at all, whenever the process or the machine stops.</summary>
public static class PrivateFile
{
    /// <summary>What a file is called until it is whole.</summary>
    internal const string Fresh = ".new";

    /// <summary>Writes to a new file beside <paramref name="path"/>, waits until the disk has it, and renames it to the path.</summary>
    /// <exception cref="IOException">The file could not be written; what stood at the path is unchanged.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string fresh = path + Fresh;
        File.Delete(fresh);
        try
        {
            using (FileStream stream = new(fresh, Options(FileMode.CreateNew, FileAccess.Write)))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(fresh, path, overwrite: true);
        }
        catch
        {
            File.Delete(fresh);
            throw;
        }
    }

    /// <summary>Makes a folder that its owner alone can enter, where there is none.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>How a private file is opened: by one process, readable by its owner.</summary>
    internal static FileStreamOptions Options(FileMode mode, FileAccess access)
    {
        FileStreamOptions options = new() { Mode = mode, Access = access, Share = FileShare.None };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
