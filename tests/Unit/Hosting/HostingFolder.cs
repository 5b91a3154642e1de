namespace Blindsight.Unit.Hosting;

/// <summary>A folder of one test.</summary>
public abstract class HostingFolder : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("blindsight-hosting-").FullName;

    public virtual void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string In(string name) => Path.Combine(Folder, name);

    protected static void AssertPrivate(string path)
    {
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }
}
