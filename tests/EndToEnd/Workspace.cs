namespace Blindsight.EndToEnd;

/// <summary>Files of one test, removed at its end.</summary>
public abstract class Workspace : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    protected string File(string name) => Path.Combine(_folder, name);

    protected string File(string name, byte[] content)
    {
        System.IO.File.WriteAllBytes(File(name), content);
        return File(name);
    }

    protected string File(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }

    protected string[] Names() => [.. Directory.EnumerateFileSystemEntries(_folder).Select(path => Path.GetFileName(path)!).Order()];
}
