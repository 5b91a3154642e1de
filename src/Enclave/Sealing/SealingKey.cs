using System.Security.Cryptography;
using Blindsight.Attestation;

namespace Blindsight.Enclave.Sealing;

/// <summary>Where the key comes from that files are sealed under.</summary>
public static class SealingKey
{
    /// <summary>The file that stands for a processor's key where there is none. Whoever reads it opens every sealed file.</summary>
    public const string SimulatedFile = "sealing-key.NOT-ATTESTED";

    /// <summary>
    /// Simulated: a file with mode 600 in the state folder. Under hardware: fresh and in memory only, because no key that the processor derives is used yet;
    /// what was sealed before a restart is then refused, and owners upload again.
    /// </summary>
    /// <param name="folder">The state folder.</param>
    public static Sealer Open(Assurance assurance, string folder)
    {
        Span<byte> key = stackalloc byte[Sealer.KeyBytes];
        if (assurance == Assurance.NotAttested) ReadOrMake(Path.Combine(folder, SimulatedFile), key);
        else RandomNumberGenerator.Fill(key);
        Sealer sealer = new(key);
        CryptographicOperations.ZeroMemory(key);
        return sealer;
    }

    private static void ReadOrMake(string path, Span<byte> key)
    {
        if (!File.Exists(path))
        {
            RandomNumberGenerator.Fill(key);
            SealedFolder.WriteFile(path, key);
            return;
        }
        byte[] stored = File.ReadAllBytes(path);
        if (stored.Length != Sealer.KeyBytes) throw new RoomException(RoomFault.SealRefused, $"{SimulatedFile}: {stored.Length} bytes are no sealing key");
        stored.CopyTo(key);
        CryptographicOperations.ZeroMemory(stored);
    }
}
