namespace Blindsight.Attestation.Collection;

/// <summary>
/// The folder in which the kernel makes reports: an entry is a folder in it, and its attributes are files. Errors are IOException or
/// UnauthorizedAccessException.
/// </summary>
public interface ITsmFolder
{
    /// <summary>Whether the machine has such a folder at all.</summary>
    bool Exists { get; }

    /// <summary>Makes an entry of its own for one report.</summary>
    void MakeEntry(string entry);

    /// <summary>Removes it.</summary>
    void RemoveEntry(string entry);

    /// <summary>Writes an attribute in one piece.</summary>
    void Write(string entry, string attribute, ReadOnlySpan<byte> value);

    /// <summary>Reads an attribute; null if the entry has none of that name. Longer than <paramref name="bytesMax"/> is an IOException.</summary>
    byte[]? Read(string entry, string attribute, int bytesMax);
}
