using System.Text.Json;
using Blindsight.Hosting.Files;

namespace Blindsight.Hosting.Service;

/// <summary>
/// Who asked for how much and when, a line of JSON each, appended to a file that its owner alone can read. It holds names, numbers and faults, and nothing
/// of what was asked or answered. Thread-safe.
/// </summary>
public sealed class AuditLog : IDisposable
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    private readonly StreamWriter _file;
    private readonly TimeProvider _clock;

    /// <exception cref="IOException">The file cannot be written, or another process writes it.</exception>
    public AuditLog(string path, TimeProvider clock)
    {
        _clock = clock;
        FileStream stream = new(path, PrivateFile.Options(FileMode.OpenOrCreate, FileAccess.Write));
        stream.Seek(0, SeekOrigin.End);
        _file = new(stream) { AutoFlush = true };
    }

    /// <param name="what">started, session, refused, reloaded or stopped.</param>
    /// <param name="client">By its certificate's name.</param>
    public void Write(string what, string? client = null, string? model = null, int? rows = null, string? fault = null)
    {
        string line = JsonSerializer.Serialize(new Entry(_clock.GetUtcNow(), what, client, model, rows, fault), Format);
        lock (_file) _file.WriteLine(line);
    }

    public void Dispose()
    {
        lock (_file) _file.Dispose();
    }

    private sealed record Entry(DateTimeOffset Time, string What, string? Client, string? Model, int? Rows, string? Fault);
}
