using System.Buffers.Binary;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>The seeds of one query: one of each server's own, and one that both hold.</summary>
/// <param name="Number">Of the query, rising: what both servers call it, and by which they know what is used up.</param>
internal sealed record QuerySeeds(ulong Number, byte[] First, byte[] Second, byte[] Common) : IDisposable
{
    private const int NumberBytes = sizeof(ulong);

    /// <summary>Bytes of the message to each server: the number, the server's own seed, and the common one.</summary>
    public const int MessageBytes = NumberBytes + 2 * DealtStream.SeedBytes;

    public static QuerySeeds Draw(Prg randomness, ulong number)
    {
        QuerySeeds seeds = new(number, new byte[DealtStream.SeedBytes], new byte[DealtStream.SeedBytes], new byte[DealtStream.SeedBytes]);
        randomness.Fill(seeds.First);
        randomness.Fill(seeds.Second);
        randomness.Fill(seeds.Common);
        return seeds;
    }

    /// <summary>What one server is sent.</summary>
    public byte[] Message(bool first)
    {
        byte[] message = new byte[MessageBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(message, Number);
        (first ? First : Second).CopyTo(message.AsSpan(NumberBytes));
        Common.CopyTo(message.AsSpan(NumberBytes + DealtStream.SeedBytes));
        return message;
    }

    /// <summary>The parts of a message.</summary>
    public static ulong Read(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> own, out ReadOnlySpan<byte> common)
    {
        own = message.Slice(NumberBytes, DealtStream.SeedBytes);
        common = message[(NumberBytes + DealtStream.SeedBytes)..];
        return BinaryPrimitives.ReadUInt64LittleEndian(message);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(First);
        CryptographicOperations.ZeroMemory(Second);
        CryptographicOperations.ZeroMemory(Common);
    }
}
