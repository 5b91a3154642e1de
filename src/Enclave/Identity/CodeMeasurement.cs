using System.Security.Cryptography;
using Blindsight.Attestation;

namespace Blindsight.Enclave.Identity;

/// <summary>
/// What simulated evidence claims as measurement: SHA-384 over the project's assemblies inside the trust boundary, by name and content. A process that says
/// so of itself proves nothing; it tells versions apart. In a TEE the processor measures what was loaded.
/// </summary>
public static class CodeMeasurement
{
    /// <summary>The project's assemblies inside the trust boundary; the framework's are listed in docs/ENCLAVE.md.</summary>
    public static readonly IReadOnlyList<string> Assemblies =
        ["Blindsight.Arithmetic.dll", "Blindsight.Attestation.dll", "Blindsight.HomomorphicEncryption.dll", "blindsight-enclave.dll"];

    /// <summary>Of the assemblies beside this one.</summary>
    public static Octets Own => Of(AppContext.BaseDirectory);

    public static Octets Of(string folder)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        foreach (string name in Assemblies)
        {
            hash.AppendData(SHA384.HashData(System.Text.Encoding.UTF8.GetBytes(name)));
            hash.AppendData(SHA384.HashData(File.ReadAllBytes(Path.Combine(folder, name))));
        }
        return new Octets(hash.GetHashAndReset());
    }
}
