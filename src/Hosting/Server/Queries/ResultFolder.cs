using Blindsight.Hosting.Files;

namespace Blindsight.Hosting.Server.Queries;

/// <summary>Sealed results on disk, a file each, readable by their owner only and to the client only.</summary>
internal sealed class ResultFolder
{
    private const string Extension = ".sealed";

    private readonly string _folder;

    /// <summary>Opens the folder; what is half written, or not among <paramref name="known"/>, is deleted.</summary>
    public ResultFolder(string folder, IReadOnlySet<QueryId> known)
    {
        _folder = folder;
        PrivateFile.CreateFolder(folder);
        HashSet<string> keep = [.. known.Select(PathOf)];
        foreach (string path in Directory.EnumerateFiles(folder).Where(path => !keep.Contains(path))) File.Delete(path);
    }

    public void Keep(QueryId id, byte[] result) => PrivateFile.Write(PathOf(id), file => file.Write(result));

    /// <returns>Null where there is none.</returns>
    public byte[]? Read(QueryId id) => File.Exists(PathOf(id)) ? File.ReadAllBytes(PathOf(id)) : null;

    public void Erase(QueryId id) => File.Delete(PathOf(id));

    private string PathOf(QueryId id) => Path.Combine(_folder, id + Extension);
}
