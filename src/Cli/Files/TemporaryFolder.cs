namespace Blindsight.Cli.Files;

/// <summary>A folder that only this user can enter, removed when disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("blindsight-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
