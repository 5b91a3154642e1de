using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.TwoServers.Pools;

/// <summary>
/// One server's correlations that were dealt ahead, a file a query, each handed out once: the journal says so before a file is read, so that a process
/// killed at any moment loses a query at most. Numbers are the dealer's; taking one gives up all lower ones, by which two servers that lost different
/// queries meet again at the higher number. A copy of the folder, or a machine restored from a snapshot, hands out again what was used since: discard a
/// pool after either. Files are readable by their owner only.
/// </summary>
internal sealed class DealtPool : IDisposable
{
    private const string Journal = "used", Extension = ".query", Fresh = ".new";
    private const int HeaderBytes = sizeof(ushort) + sizeof(int);

    private readonly string _folder;
    private readonly ConsumptionJournal _journal;

    /// <summary>Opens a pool or begins one. What was used up, half written, or has no journal is deleted.</summary>
    /// <exception cref="IOException">Another process has it open.</exception>
    /// <exception cref="InvalidDataException">The journal is damaged.</exception>
    public DealtPool(string folder)
    {
        _folder = folder;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        bool known = File.Exists(Path.Combine(folder, Journal));
        _journal = new ConsumptionJournal(Path.Combine(folder, Journal));
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Fresh)) File.Delete(path);
        foreach (ulong number in Numbers().Where(number => !known || number <= _journal.Highest)) File.Delete(PathOf(number));
    }

    /// <summary>Queries at hand, lowest first.</summary>
    public ulong[] Available => [.. Numbers().Where(number => number > _journal.Highest).Order()];

    /// <summary>Everything up to this number is used up.</summary>
    public ulong Used => _journal.Highest;

    /// <summary>Keeps all messages of the dealer's next query; their lengths follow from the shapes.</summary>
    /// <returns>The query's number.</returns>
    /// <exception cref="ProtocolException">A message is not what the shapes call for, or the number is used up or there already.</exception>
    public ulong Fill(IChannel dealer, ImmutableArray<CorrelationShape> shapes, bool isFirst)
    {
        byte[] seeds = new byte[QuerySeeds.MessageBytes];
        dealer.Receive(TwoServersTag.Seeds, seeds);
        ulong number = QuerySeeds.Read(seeds, out _, out _);
        string path = PathOf(number);
        if (number <= _journal.Highest || File.Exists(path))
            throw new ProtocolException(PeerFault.MalformedMessage, "dealt correlations", $"the dealer dealt query {number} before");
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (FileStream file = new(path + Fresh, options))
        {
            Write(file, TwoServersTag.Seeds, seeds);
            foreach (CorrelationShape shape in shapes)
            {
                if (shape.CommonBytes > 0) Keep(dealer, file, TwoServersTag.CommonKeys, shape.CommonBytes);
                if (!isFirst && shape.CorrectionBytes > 0) Keep(dealer, file, TwoServersTag.Corrections, shape.CorrectionBytes);
            }
            file.Flush(flushToDisk: true);
        }
        File.Move(path + Fresh, path);
        return number;
    }

    /// <summary>
    /// Takes a query out: uses its number up, then opens its file and removes the name, then reads. Both servers take the same one, for instance the
    /// lowest that both have.
    /// </summary>
    /// <exception cref="InvalidOperationException">The number is used up.</exception>
    /// <exception cref="FileNotFoundException">There is no such query; its number is used up all the same.</exception>
    public IDealtMessages Take(ulong number)
    {
        _journal.Claim(number);
        FileStream file = new(PathOf(number), FileMode.Open, FileAccess.Read, FileShare.Delete);
        foreach (ulong gone in Numbers().Where(other => other <= number)) File.Delete(PathOf(gone));
        return new StoredMessages(file);
    }

    public void Dispose() => _journal.Dispose();

    private static void Keep(IChannel dealer, FileStream file, ushort tag, int bytes)
    {
        using Rented<byte> message = new(bytes);
        dealer.Receive(tag, message.Span);
        Write(file, tag, message.Span);
    }

    private static void Write(FileStream file, ushort tag, ReadOnlySpan<byte> message)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(header, tag);
        BinaryPrimitives.WriteInt32LittleEndian(header[sizeof(ushort)..], message.Length);
        file.Write(header);
        file.Write(message);
    }

    private IEnumerable<ulong> Numbers()
    {
        foreach (string path in Directory.GetFiles(_folder, "*" + Extension))
            if (ulong.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong number)
                && path == PathOf(number))
                yield return number;
    }

    private string PathOf(ulong number) => Path.Combine(_folder, number.ToString("x16", CultureInfo.InvariantCulture) + Extension);

    /// <summary>Messages from a file whose name is gone.</summary>
    private sealed class StoredMessages(FileStream file) : IDealtMessages
    {
        public void Receive(ushort tag, Span<byte> destination)
        {
            Span<byte> header = stackalloc byte[HeaderBytes];
            bool whole = file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) == HeaderBytes
                && BinaryPrimitives.ReadUInt16LittleEndian(header) == tag
                && BinaryPrimitives.ReadInt32LittleEndian(header[sizeof(ushort)..]) == destination.Length
                && file.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length;
            if (!whole) throw new ProtocolException(PeerFault.MalformedMessage, "stored correlations", "they are damaged or belong to another plan");
        }

        public void Dispose() => file.Dispose();
    }
}
