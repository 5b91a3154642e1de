using System.Diagnostics;
using System.Security.Cryptography;
using Blindsight.Harness;
using Blindsight.Tests;

namespace Blindsight.Conformance.Fuzz;

/// <summary>
/// Every decoder under damaged bytes: it reads them or refuses them by its own exception, in bounded memory. BLINDSIGHT_FUZZ_SECONDS says how long each is
/// tried, in place of a fixed number of rounds; what a decoder fails on is written to BLINDSIGHT_FUZZ_FOUND, and belongs into Corpus/NAME once that is
/// mended, whose files are tried first.
/// </summary>
public sealed class DecoderFuzzTests
{
    private const int Rounds = 400, PoolMax = 200;
    private const long AllocationMax = 64L << 20;

    public static TheoryData<string> Decoders => [.. Decoder.All.Select(decoder => decoder.Name)];

    public static TheoryData<string> EvidenceDecoders => [.. Decoder.OfEvidence.Select(decoder => decoder.Name)];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Damaged_bytes_are_read_or_refused(string name) => Try(Decoder.All.Single(decoder => decoder.Name == name));

    [DataTheory]
    [MemberData(nameof(EvidenceDecoders))]
    public void So_is_damaged_evidence(string name) => Try(Decoder.OfEvidence.Single(decoder => decoder.Name == name));

    private static void Try(Decoder decoder)
    {
        byte[][] samples = decoder.Samples();
        foreach (byte[] sample in samples) decoder.Decode(sample);
        foreach (string known in Known(decoder.Name)) Accepts(decoder, File.ReadAllBytes(known));
        int seconds = int.TryParse(Environment.GetEnvironmentVariable("BLINDSIGHT_FUZZ_SECONDS"), out int asked) ? asked : 0;
        // A fixed seed gives the same rounds every time; a run by time is for finding what these do not.
        Random random = seconds > 0 ? new() : new(20261);
        List<byte[]> pool = [.. samples];
        Stopwatch since = Stopwatch.StartNew();
        int refused = 0, rounds = 0;
        for (; seconds > 0 ? since.Elapsed.TotalSeconds < seconds : rounds < Rounds; rounds++)
        {
            byte[] bytes = Mutation.Of(pool[random.Next(pool.Count)], random);
            if (!Accepts(decoder, bytes)) refused++;
            else if (pool.Count < PoolMax) pool.Add(bytes);
        }
        Assert.True(refused > rounds / 20, $"{refused} of {rounds} damaged inputs refused");
    }

    /// <summary>Whether the bytes were read rather than refused.</summary>
    private static bool Accepts(Decoder decoder, byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool accepted = false;
        Exception? failure = null;
        try
        {
            decoder.Decode(bytes);
            accepted = true;
        }
        catch (Exception fault)
        {
            if (!decoder.Refusal.IsInstanceOfType(fault)) failure = fault;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(failure is null && allocated <= AllocationMax, $"{decoder.Name}, {Keep(decoder.Name, bytes)}: {failure} {allocated} bytes allocated");
        return accepted;
    }

    private static IEnumerable<string> Known(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", name);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [];
    }

    /// <summary>Where the input was written, to be tried again.</summary>
    private static string Keep(string name, byte[] bytes)
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("BLINDSIGHT_FUZZ_FOUND") ?? Path.GetTempPath(), name);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
