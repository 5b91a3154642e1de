namespace Blindsight.Attestation.Collection;

/// <summary>The kernel's own folder (Linux, Documentation/ABI/testing/configfs-tsm-report, from 6.7 on), or another given for it.</summary>
/// <param name="root">The folder's path.</param>
public sealed class TsmFolder(string root = TsmFolder.KernelPath) : ITsmFolder
{
    /// <summary>Where the kernel puts it.</summary>
    public const string KernelPath = "/sys/kernel/config/tsm/report";

    public bool Exists => Directory.Exists(root);

    public void MakeEntry(string entry) => Directory.CreateDirectory(Path.Combine(root, entry));

    // The files in an entry go with it and cannot be deleted one by one.
    public void RemoveEntry(string entry) => Directory.Delete(Path.Combine(root, entry), recursive: false);

    public void Write(string entry, string attribute, ReadOnlySpan<byte> value)
    {
        // Unbuffered, because the kernel takes an attribute in one write.
        using FileStream stream = new(Path.Combine(root, entry, attribute), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(value);
    }

    public byte[]? Read(string entry, string attribute, int bytesMax)
    {
        string path = Path.Combine(root, entry, attribute);
        if (!File.Exists(path)) return null;
        // The kernel states no true length beforehand, so this reads until nothing comes.
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        byte[] buffer = new byte[bytesMax + 1];
        int read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return read <= bytesMax ? buffer[..read] : throw new IOException($"{attribute} has more than {bytesMax} bytes");
    }
}
