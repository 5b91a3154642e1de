namespace Blindsight.Training;

/// <summary>Files that are there whole or not at all, whenever the process or the machine stops.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a new file beside <paramref name="path"/>, waits until the disk has it, and renames it to the path.</summary>
    /// <exception cref="IOException">The file could not be written; what stood at the path is unchanged.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string fresh = path + ".new";
        try
        {
            using (FileStream stream = new(fresh, FileMode.Create, FileAccess.Write))
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
}
