using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Blindsight.Enclave;

/// <summary>What the enclave counts, all of it public. Thread-safe.</summary>
public sealed class RoomCounters
{
    private readonly long[] _refusals = new long[Enum.GetValues<RoomFault>().Length];
    private long _bytesIn, _bytesOut, _encryptions, _decryptions, _rotations;

    public long BytesIn => Interlocked.Read(ref _bytesIn);
    public long BytesOut => Interlocked.Read(ref _bytesOut);
    public long Encryptions => Interlocked.Read(ref _encryptions);
    public long Decryptions => Interlocked.Read(ref _decryptions);

    /// <summary>How often a context's keys were replaced.</summary>
    public long Rotations => Interlocked.Read(ref _rotations);

    public void Came(long bytes) => Interlocked.Add(ref _bytesIn, bytes);

    public void Left(long bytes) => Interlocked.Add(ref _bytesOut, bytes);

    public void Encrypted(int ciphertexts) => Interlocked.Add(ref _encryptions, ciphertexts);

    public void Decrypted(int ciphertexts) => Interlocked.Add(ref _decryptions, ciphertexts);

    public void Rotated() => Interlocked.Increment(ref _rotations);

    public void Refused(RoomFault fault) => Interlocked.Increment(ref _refusals[(int)fault]);

    /// <summary>How often something was refused by this name.</summary>
    public long Refusals(RoomFault fault) => Interlocked.Read(ref _refusals[(int)fault]);

    /// <summary>All of it, with the process's time on processors.</summary>
    public byte[] ToJson()
    {
        using Process self = Process.GetCurrentProcess();
        string refusals = string.Join(",", Enum.GetValues<RoomFault>().Where(fault => Refusals(fault) > 0).Select(fault => $"\"{fault}\":{Refusals(fault)}"));
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{{\"cpuSeconds\":{self.TotalProcessorTime.TotalSeconds:R},\"peakRssBytes\":{self.PeakWorkingSet64},\"bytesIn\":{BytesIn},\"bytesOut\":{BytesOut},"
            + $"\"encryptions\":{Encryptions},\"decryptions\":{Decryptions},\"rotations\":{Rotations},\"refusals\":{{{refusals}}}}}"));
    }
}
