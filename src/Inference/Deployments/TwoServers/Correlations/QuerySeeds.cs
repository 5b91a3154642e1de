using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>The seeds of one query, or of one model: one of each server's own, and one that both hold.</summary>
internal sealed record QuerySeeds(byte[] First, byte[] Second, byte[] Common) : IDisposable
{
    /// <summary>Bytes of the message to each server: its own seed and the common one.</summary>
    public const int MessageBytes = 2 * DealtStream.SeedBytes;

    public static QuerySeeds Draw(Prg randomness)
    {
        QuerySeeds seeds = new(new byte[DealtStream.SeedBytes], new byte[DealtStream.SeedBytes], new byte[DealtStream.SeedBytes]);
        randomness.Fill(seeds.First);
        randomness.Fill(seeds.Second);
        randomness.Fill(seeds.Common);
        return seeds;
    }

    /// <summary>What one server is sent.</summary>
    public byte[] Message(bool first) => [.. first ? First : Second, .. Common];

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(First);
        CryptographicOperations.ZeroMemory(Second);
        CryptographicOperations.ZeroMemory(Common);
    }
}
