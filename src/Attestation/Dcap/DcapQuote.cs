namespace Blindsight.Attestation.Dcap;

/// <summary>
/// An SGX or TDX quote with an ECDSA attestation key on P-256 (Intel SGX DCAP quoting library API, appendix A.4, version 3;
/// Intel TDX DCAP quoting library API, appendix A.3, versions 4 and 5). Only the layout is read here; nothing is believed yet.
/// </summary>
internal sealed class DcapQuote
{
    private const int HeaderBytes = 48, SignatureBytes = 64, KeyBytes = 64;

    private const ushort KeyTypeP256 = 2, PckChainInPem = 5, QeReportCertification = 6;

    private const uint TeeSgx = 0, TeeTdx = 0x81;

    private const ushort BodySgx = 1, BodyTdx10 = 2, BodyTdx15 = 3;

    private DcapQuote(ReadOnlyMemory<byte> signed) => Signed = signed;

    /// <summary>What the attestation key signs: header and body (and in version 5 the body's description).</summary>
    public ReadOnlyMemory<byte> Signed { get; }

    /// <summary>The enclave's report, or null for TDX.</summary>
    public SgxReport? Sgx { get; private init; }

    /// <summary>The domain's report, or null for SGX.</summary>
    public TdReport? Tdx { get; private init; }

    public ReadOnlyMemory<byte> Signature { get; private set; }

    /// <summary>x and y of the key that signed the quote.</summary>
    public ReadOnlyMemory<byte> AttestationKey { get; private set; }

    /// <summary>The report of the enclave that made the attestation key.</summary>
    public SgxReport QuotingEnclave { get; private set; } = null!;

    public ReadOnlyMemory<byte> QuotingEnclaveSignature { get; private set; }

    /// <summary>Bytes of the quoting enclave's choice that it hashes together with the key.</summary>
    public ReadOnlyMemory<byte> AuthenticationData { get; private set; }

    /// <summary>The platform's certificates, PEM.</summary>
    public ReadOnlyMemory<byte> PckChain { get; private set; }

    private static ReadOnlySpan<byte> IntelQuotingEnclave => [0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07];

    /// <exception cref="AttestationException">EvidenceMalformed or EvidenceUnsupported.</exception>
    public static DcapQuote Read(ReadOnlyMemory<byte> raw)
    {
        Cursor cursor = new(raw);
        Cursor header = new(cursor.Take(HeaderBytes, "header"));
        ushort version = header.Take16("version");
        if (version is < 3 or > 5) throw Unsupported($"version {version}, 3 to 5 are known");
        ushort keyType = header.Take16("key type");
        if (keyType != KeyTypeP256) throw Unsupported($"attestation key type {keyType}, must be 2 (ECDSA P-256)");
        uint tee = header.Take32("TEE type");
        if (tee != TeeSgx && (tee != TeeTdx || version == 3)) throw Unsupported($"TEE type {tee:x} in version {version}");
        header.Take(4, "security versions");
        if (!header.Take(16, "vendor").Span.SequenceEqual(IntelQuotingEnclave)) throw Unsupported("quoting enclave of another vendor than Intel");

        ReadOnlyMemory<byte> body = version == 5 ? TakeDescribedBody(cursor, tee) : cursor.Take(tee == TeeSgx ? SgxReport.Bytes : TdReport.Bytes, "body");
        DcapQuote quote = new(raw[..^cursor.Rest.Length])
        {
            Sgx = tee == TeeSgx ? new SgxReport(body) : null,
            Tdx = tee == TeeTdx ? new TdReport(body) : null,
        };
        quote.ReadSignatureData(new Cursor(cursor.Take(cursor.Take32("length of the signature data"), "signature data")), nested: version > 3);
        // Some drivers hand out a buffer of fixed size. Zeros after the quote mean nothing; anything else is refused.
        if (cursor.Rest.Span.ContainsAnyExcept((byte)0)) cursor.ExpectEnd("the quote");
        return quote;
    }

    private static ReadOnlyMemory<byte> TakeDescribedBody(Cursor cursor, uint tee)
    {
        ushort type = cursor.Take16("body type");
        uint bytes = cursor.Take32("body size");
        int expected = (type, tee) switch
        {
            (BodySgx, TeeSgx) => SgxReport.Bytes,
            (BodyTdx10, TeeTdx) => TdReport.Bytes,
            (BodyTdx15, TeeTdx) => TdReport.Bytes15,
            _ => throw Unsupported($"body type {type} under TEE type {tee:x}"),
        };
        if (bytes != expected) throw Malformed($"body of {bytes} bytes, type {type} has {expected}");
        return cursor.Take(bytes, "body");
    }

    private void ReadSignatureData(Cursor data, bool nested)
    {
        Signature = data.Take(SignatureBytes, "signature");
        AttestationKey = data.Take(KeyBytes, "attestation key");
        Cursor certification = nested ? TakeCertification(data, QeReportCertification) : data;
        QuotingEnclave = new SgxReport(certification.Take(SgxReport.Bytes, "report of the quoting enclave"));
        QuotingEnclaveSignature = certification.Take(SignatureBytes, "signature of the quoting enclave's report");
        AuthenticationData = certification.Take(certification.Take16("length of the authentication data"), "authentication data");
        PckChain = TakeCertification(certification, PckChainInPem).Rest;
    }

    /// <summary>A type, a length, and so many bytes, which must be the last.</summary>
    private static Cursor TakeCertification(Cursor cursor, ushort expected)
    {
        ushort type = cursor.Take16("certification type");
        if (type != expected) throw Unsupported($"certification type {type}, must be {expected}");
        Cursor inner = new(cursor.Take(cursor.Take32("length of the certification"), "certification"));
        cursor.ExpectEnd("the certification");
        return inner;
    }

    private static AttestationException Malformed(string message) => new(AttestationFault.EvidenceMalformed, "quote", message);

    private static AttestationException Unsupported(string message) => new(AttestationFault.EvidenceUnsupported, "quote", message);
}
