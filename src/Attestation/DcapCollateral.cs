using System.Text;
using System.Text.Json;
using Blindsight.Attestation.Dcap;

namespace Blindsight.Attestation;

/// <summary>
/// What Intel publishes for a platform: which versions are good, which quoting enclave is genuine, and what is revoked. The
/// platform's own certificates stand inside the quote, and the root is pinned.
/// </summary>
public sealed class DcapCollateral : Collateral
{
    /// <param name="tcbInfo">The TCB information exactly as it was signed (UTF-8 JSON, the value of "tcbInfo").</param>
    /// <param name="tcbInfoSignature">Its signature, r and s of 32 bytes each.</param>
    /// <param name="tcbInfoIssuerChain">PEM: the signer's certificate and the root.</param>
    /// <param name="qeIdentity">The quoting enclave's identity exactly as it was signed (UTF-8 JSON, the value of "enclaveIdentity").</param>
    /// <param name="qeIdentitySignature">Its signature, 64 bytes.</param>
    /// <param name="qeIdentityIssuerChain">PEM: the signer's certificate and the root.</param>
    /// <param name="rootCrl">The root's revocation list (DER).</param>
    /// <param name="pckCrl">The revocation list (DER) of the authority that certified the platform.</param>
    /// <exception cref="AttestationException">CollateralMalformed: a part is too long.</exception>
    public DcapCollateral(
        ReadOnlyMemory<byte> tcbInfo, ReadOnlyMemory<byte> tcbInfoSignature, ReadOnlyMemory<byte> tcbInfoIssuerChain,
        ReadOnlyMemory<byte> qeIdentity, ReadOnlyMemory<byte> qeIdentitySignature, ReadOnlyMemory<byte> qeIdentityIssuerChain,
        ReadOnlyMemory<byte> rootCrl, ReadOnlyMemory<byte> pckCrl)
    {
        TcbInfo = Copied(tcbInfo, "TCB information");
        TcbInfoSignature = Copied(tcbInfoSignature, "TCB information's signature");
        TcbInfoIssuerChain = Copied(tcbInfoIssuerChain, "TCB information's chain");
        QeIdentity = Copied(qeIdentity, "QE identity");
        QeIdentitySignature = Copied(qeIdentitySignature, "QE identity's signature");
        QeIdentityIssuerChain = Copied(qeIdentityIssuerChain, "QE identity's chain");
        RootCrl = Copied(rootCrl, "root CRL");
        PckCrl = Copied(pckCrl, "PCK CRL");
    }

    /// <summary>The signed TCB information, UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> TcbInfo { get; }

    /// <summary>Its signature.</summary>
    public ReadOnlyMemory<byte> TcbInfoSignature { get; }

    /// <summary>PEM of its signer's chain.</summary>
    public ReadOnlyMemory<byte> TcbInfoIssuerChain { get; }

    /// <summary>The signed identity of the quoting enclave, UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> QeIdentity { get; }

    /// <summary>Its signature.</summary>
    public ReadOnlyMemory<byte> QeIdentitySignature { get; }

    /// <summary>PEM of its signer's chain.</summary>
    public ReadOnlyMemory<byte> QeIdentityIssuerChain { get; }

    /// <summary>DER of the root's revocation list.</summary>
    public ReadOnlyMemory<byte> RootCrl { get; }

    /// <summary>DER of the revocation list of the platform's certification authority.</summary>
    public ReadOnlyMemory<byte> PckCrl { get; }

    /// <summary>
    /// Reads one JSON object with the string members tcb_info, tcb_info_signature, tcb_info_issuer_chain, qe_identity,
    /// qe_identity_signature, qe_identity_issuer_chain, root_ca_crl and pck_crl: signatures and lists in hexadecimal, chains in
    /// PEM, statements as the text that was signed. Other members are ignored. This is the form that the dcap-qvl tools store.
    /// </summary>
    /// <exception cref="AttestationException">CollateralMalformed.</exception>
    public static DcapCollateral Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > 2 * PartBytesMax)
            throw new AttestationException(AttestationFault.CollateralMalformed, "collateral", $"{json.Length} bytes, at most {2 * PartBytesMax} are read");
        using JsonDocument document = Statement.Document(json, "collateral");
        Statement fields = new(document.RootElement, "collateral");
        return new DcapCollateral(
            Text("tcb_info"), fields.Hex("tcb_info_signature"), Text("tcb_info_issuer_chain"),
            Text("qe_identity"), fields.Hex("qe_identity_signature"), Text("qe_identity_issuer_chain"),
            fields.Hex("root_ca_crl"), fields.Hex("pck_crl"));

        byte[] Text(string name) => Encoding.UTF8.GetBytes(fields.Text(name));
    }
}
