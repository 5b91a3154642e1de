using System.Buffers.Binary;
using System.Security.Cryptography;
using Blindsight.Hosting.Files;

namespace Blindsight.Hosting.Server.Queries;

/// <summary>An identifier's entry.</summary>
internal readonly record struct JournalEntry(QueryId Id, QueryState State, QueryFault Fault, DateTimeOffset At);

/// <summary>
/// Which identifiers were used, and what became of them, on disk: an upload is acknowledged only after the disk has its
/// entry. Records of 40 bytes are appended, each with a check; a torn last one was never acknowledged. One process at a time.
/// </summary>
internal sealed class QueryJournal : IDisposable
{
    private const int RecordBytes = 40, CheckedBytes = 32, IdAt = 16, TimeAt = 8;

    private readonly string _path;
    private FileStream _file;

    /// <summary>Opens a journal or begins one; entries that ended before <paramref name="since"/> are dropped.</summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    /// <exception cref="InvalidDataException">A record before the last is damaged: what was used is unknown.</exception>
    public QueryJournal(string path, DateTimeOffset since)
    {
        _path = path;
        _file = new FileStream(path, PrivateFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite));
        try
        {
            Dictionary<QueryId, JournalEntry> entries = [];
            Records = Read(entries);
            Entries = [.. entries.Values.Where(entry => entry.At >= since)];
            if (Entries.Count < Records) Rewrite(Entries);
            else _file.Seek(0, SeekOrigin.End);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>What was there when it was opened: the last entry of each identifier.</summary>
    public IReadOnlyList<JournalEntry> Entries { get; }

    /// <summary>Records in the file; more than one of an identifier.</summary>
    public long Records { get; private set; }

    /// <summary>Adds an entry.</summary>
    /// <param name="durable">Returns once the disk has it; else the system has it, which outlives this process but not the machine.</param>
    public void Append(JournalEntry entry, bool durable)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        Write(entry, record);
        _file.Write(record);
        _file.Flush(flushToDisk: durable);
        Records++;
    }

    /// <summary>Replaces the file by one that holds these entries alone.</summary>
    public void Rewrite(IReadOnlyCollection<JournalEntry> entries)
    {
        PrivateFile.Write(_path, file =>
        {
            byte[] record = new byte[RecordBytes];
            foreach (JournalEntry entry in entries)
            {
                Write(entry, record);
                file.Write(record);
            }
        });
        _file.Dispose();
        _file = new FileStream(_path, PrivateFile.Options(FileMode.Open, FileAccess.ReadWrite));
        _file.Seek(0, SeekOrigin.End);
        Records = entries.Count;
    }

    public void Dispose() => _file.Dispose();

    private long Read(Dictionary<QueryId, JournalEntry> entries)
    {
        byte[] record = new byte[RecordBytes];
        long whole = _file.Length / RecordBytes;
        for (long i = 0; i < whole; i++)
        {
            _file.ReadExactly(record);
            if (SHA256.HashData(record.AsSpan(0, CheckedBytes)).AsSpan(0, RecordBytes - CheckedBytes).SequenceEqual(record.AsSpan(CheckedBytes))
                && Enum.IsDefined((QueryState)record[0]) && Enum.IsDefined((QueryFault)record[1]))
            {
                QueryId id = QueryId.Read(record.AsSpan(IdAt));
                DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(TimeAt)));
                entries[id] = new JournalEntry(id, (QueryState)record[0], (QueryFault)record[1], at);
            }
            else if (i < whole - 1) throw new InvalidDataException($"record {i} of the journal of identifiers is damaged");
            else whole--;
        }
        _file.SetLength(whole * RecordBytes);
        return whole;
    }

    private static void Write(JournalEntry entry, Span<byte> record)
    {
        record.Clear();
        (record[0], record[1]) = ((byte)entry.State, (byte)entry.Fault);
        BinaryPrimitives.WriteInt64LittleEndian(record[TimeAt..], entry.At.ToUnixTimeMilliseconds());
        entry.Id.Write(record[IdAt..]);
        SHA256.HashData(record[..CheckedBytes]).AsSpan(0, RecordBytes - CheckedBytes).CopyTo(record[CheckedBytes..]);
    }
}
