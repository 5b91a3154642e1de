using System.Buffers.Binary;

namespace Blindsight.Inference.Deployments.TwoServers.Pools;

/// <summary>
/// The highest number that was ever used up, on disk. A number is used only after <see cref="Claim"/> has returned, which is after the disk has it;
/// numbers rise, so that everything up to the highest is gone whether or not it was used. Records of 16 bytes are appended, each with a check; a
/// torn last one was never acknowledged. One process at a time.
/// </summary>
internal sealed class ConsumptionJournal : IDisposable
{
    private const int RecordBytes = 16;
    private const ulong Check = 0x626c696e64736967;

    private readonly FileStream _file;
    private readonly Lock _lock = new();

    /// <summary>Opens a journal or begins one at 0.</summary>
    /// <exception cref="IOException">Another process holds it, or it cannot be read.</exception>
    /// <exception cref="InvalidDataException">A record before the last is damaged: what was used is unknown.</exception>
    public ConsumptionJournal(string path)
    {
        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(path, options);
        try
        {
            Highest = Read();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Everything up to this number is used up.</summary>
    public ulong Highest { get; private set; }

    /// <summary>Uses up a number, and with it all lower ones. When this returns the disk knows.</summary>
    /// <exception cref="InvalidOperationException">It is used up already.</exception>
    public void Claim(ulong number)
    {
        lock (_lock)
        {
            if (number <= Highest) throw new InvalidOperationException($"Correlations {number} are used up; the highest used is {Highest}.");
            Span<byte> record = stackalloc byte[RecordBytes];
            BinaryPrimitives.WriteUInt64LittleEndian(record, number);
            BinaryPrimitives.WriteUInt64LittleEndian(record[8..], number ^ Check);
            _file.Write(record);
            _file.Flush(flushToDisk: true);
            Highest = number;
        }
    }

    public void Dispose() => _file.Dispose();

    private ulong Read()
    {
        ulong highest = 0;
        Span<byte> record = stackalloc byte[RecordBytes];
        long whole = _file.Length / RecordBytes;
        for (long i = 0; i < whole; i++)
        {
            _file.ReadExactly(record);
            ulong number = BinaryPrimitives.ReadUInt64LittleEndian(record);
            if ((number ^ Check) == BinaryPrimitives.ReadUInt64LittleEndian(record[8..]) && number > highest) highest = number;
            else if (i < whole - 1) throw new InvalidDataException($"Record {i} of the journal of used correlations is damaged.");
            else whole--;
        }
        _file.SetLength(whole * RecordBytes);
        _file.Seek(0, SeekOrigin.End);
        _file.Flush(flushToDisk: true);
        return highest;
    }
}
