using System.Security.Cryptography;
using System.Text;
using Blindsight.Attestation;
using Blindsight.Attestation.Collection;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Sealing;

namespace Blindsight.Enclave.Identity;

/// <summary>
/// The enclave's signing key (ECDSA on P-256), made inside and sealed at rest, and the evidence that this key belongs to this code: its report data is
/// <see cref="ReportData"/>.
/// </summary>
public sealed class RoomIdentity : IDisposable
{
    /// <summary>Of a signature: r and s.</summary>
    public const int SignatureBytes = 64;

    private const string FileName = "identity";
    private readonly ECDsa _key;

    private RoomIdentity(ECDsa key, Evidence evidence) => (_key, PublicKey, Evidence) = (key, CurvePoint.Of(key), evidence);

    /// <summary>An uncompressed point.</summary>
    public byte[] PublicKey { get; }

    public Evidence Evidence { get; }

    /// <summary>Opens the sealed key or makes one, and collects evidence for it.</summary>
    /// <exception cref="RoomException">SealRefused or EvidenceUnavailable.</exception>
    public static RoomIdentity Open(SealedFolder folder, IEvidenceSource source)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            if (Stored(folder, source.Assurance) is { } stored) key.ImportPkcs8PrivateKey(stored, out _);
            else folder.Write(FileName, key.ExportPkcs8PrivateKey());
            return new(key, source.Collect(ReportData(CurvePoint.Of(key))));
        }
        catch (Exception fault)
        {
            key.Dispose();
            if (fault is AttestationException refused) throw new RoomException(RoomFault.EvidenceUnavailable, refused.Message, refused);
            throw;
        }
    }

    /// <summary>SHA-256 over purpose, versions and key, and 32 zeros.</summary>
    /// <param name="publicKey">An uncompressed point.</param>
    public static Octets ReportData(ReadOnlySpan<byte> publicKey)
    {
        byte[] data = new byte[64];
        SHA256.HashData([.. Encoding.ASCII.GetBytes($"blindsight enclave identity, protocol {RoomProtocol.Version}\n"), .. publicKey], data);
        return new Octets(data);
    }

    public byte[] Sign(ReadOnlySpan<byte> hash) => _key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => _key.Dispose();

    /// <summary>Under hardware a key that was sealed before a restart cannot be opened: then there is a new one.</summary>
    private static byte[]? Stored(SealedFolder folder, Assurance assurance)
    {
        try
        {
            return folder.Read(FileName);
        }
        catch (RoomException) when (assurance == Assurance.Hardware)
        {
            return null;
        }
    }
}
