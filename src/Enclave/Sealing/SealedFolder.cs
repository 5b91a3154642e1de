namespace Blindsight.Enclave.Sealing;

/// <summary>Sealed files in a folder that its owner alone can enter; there whole or not at all.</summary>
public sealed class SealedFolder
{
    /// <summary>How sealed files are called.</summary>
    public const string Suffix = ".sealed";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly Sealer _sealer;
    private readonly long _bytesMax;

    /// <param name="bytesMax">The longest file that is read.</param>
    public SealedFolder(string path, Sealer sealer, long bytesMax)
    {
        (_path, _sealer, _bytesMax) = (path, sealer, bytesMax);
        CreateFolder(path);
    }

    /// <summary>Names of what is there.</summary>
    public IEnumerable<string> Names => Directory.EnumerateFiles(_path, "*" + Suffix).Select(file => Path.GetFileNameWithoutExtension(file)).Order();

    /// <summary>Seals content into a file.</summary>
    public void Write(string name, ReadOnlySpan<byte> content) => WriteFile(File(name), _sealer.Seal(name, content));

    /// <summary>The content of a file; null where there is none.</summary>
    /// <exception cref="RoomException">SealRefused.</exception>
    public byte[]? Read(string name)
    {
        FileInfo file = new(File(name));
        if (!file.Exists) return null;
        if (file.Length > _bytesMax) throw new RoomException(RoomFault.SealRefused, $"{name}: {file.Length} bytes where at most {_bytesMax} are read");
        return _sealer.Open(name, System.IO.File.ReadAllBytes(file.FullName));
    }

    /// <summary>Writes a file that its owner alone can read, beside its place first.</summary>
    internal static void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        string fresh = path + ".new";
        System.IO.File.Delete(fresh);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Private;
        using (FileStream stream = new(fresh, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        System.IO.File.Move(fresh, path, overwrite: true);
    }

    internal static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Private | UnixFileMode.UserExecute);
    }

    private string File(string name) => Path.Combine(_path, name + Suffix);
}
