using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Blindsight.Attestation;
using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Policies;

namespace Blindsight.Unit.Attestation.Forge;

/// <summary>
/// Quotes and collateral under a root of the tests' own, laid out as Intel's documents say. Every part can be replaced, and what is
/// signed is signed afterwards.
/// </summary>
internal sealed class IntelForge
{
    internal enum Signature { None, Root, RootCrl, PckCrl, QuotingEnclave, Quote, TcbInfo, QeIdentity }

    public static readonly DateTimeOffset Now = new(2030, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly ECDsa RootKey = NewKey(), AuthorityKey = NewKey(), PckKey = NewKey(), SignerKey = NewKey(), AttestationKey = NewKey();

    public ushort Version { get; init; } = 4;

    public bool Tdx { get; init; }

    /// <summary>In version 5 with TDX: the longer body.</summary>
    public bool Tdx15 { get; init; }

    public Action<byte[]> EditHeader { get; init; } = _ => { };

    public Action<byte[]> EditBody { get; init; } = _ => { };

    public Action<byte[]> EditQuotingEnclave { get; init; } = _ => { };

    /// <summary>In version 5: the body type that the quote states, if not the right one.</summary>
    public byte? BodyType { get; init; }

    /// <summary>What becomes of the value of the platform certificate's SGX extension; null: the certificate has none.</summary>
    public Func<byte[], byte[]?> EditSgxExtension { get; init; } = value => value;

    /// <summary>What becomes of the certificates in the quote, leaf first.</summary>
    public Func<string[], string[]> EditChain { get; init; } = chain => chain;

    /// <summary>What becomes of the quote once it is signed.</summary>
    public Func<byte[], byte[]> EditSigned { get; init; } = quote => quote;

    public Func<string, string> EditTcbInfo { get; init; } = text => text;

    public Func<string, string> EditQeIdentity { get; init; } = text => text;

    public Form RootForm { get; init; } = Form.Root("Intel SGX Root CA");

    public Form AuthorityForm { get; init; } = Form.Issuer("Intel SGX PCK Platform CA");

    public Form PckForm { get; init; } = Form.Signer("Intel SGX PCK Certificate");

    public Form SignerForm { get; init; } = Form.Signer("Intel SGX TCB Signing") with { Serial = 3 };

    public (DateTimeOffset From, DateTimeOffset Until) RootCrlDates { get; init; } = (Form.Opening, Form.Closing);

    public (DateTimeOffset From, DateTimeOffset Until) PckCrlDates { get; init; } = (Form.Opening, Form.Closing);

    public bool RevokeAuthority { get; init; }

    public bool RevokeSigner { get; init; }

    public bool RevokePck { get; init; }

    /// <summary>Which signature is made by a key that nothing vouches for.</summary>
    public Signature Foreign { get; init; }

    public byte[] Components { get; init; } = [.. Enumerable.Repeat((byte)5, 16)];

    public AttestationPolicy Policy => new()
    {
        ReportData = new Octets(Filled(64, 0x60)),
        Sgx = new SgxPolicy([new Octets(Filled(32, 0x10))], new SgxSigner(new Octets(Filled(32, 0x20)), 7, 3)),
        Tdx = new TdxPolicy
        {
            Measurements = [new Octets(Filled(48, 0x10))],
            RuntimeMeasurements = [.. Enumerable.Range(0, 4).Select(i => (Octets?)new Octets(Filled(48, (byte)(0x30 + i))))],
        },
    };

    public Attested Verify(AttestationPolicy? policy = null)
    {
        X509Extension[] sgx = EditSgxExtension(SgxExtension(Components)) is { } value ? [new("1.2.840.113741.1.13.1", value, critical: false)] : [];
        Issued root = Issued.By(null, RootKey, RootForm), authority = Issued.By(root, AuthorityKey, AuthorityForm);
        Issued pck = Issued.By(authority, PckKey, PckForm with { Extensions = [.. PckForm.Extensions, .. sgx] });
        Issued signer = Issued.By(root, SignerKey, SignerForm);
        byte[] rootCrl = (Foreign == Signature.RootCrl ? authority : root).List(
            RootCrlDates.From, RootCrlDates.Until,
            [.. RevokeAuthority ? new[] { authority.Serial } : [], .. RevokeSigner ? new[] { signer.Serial } : []]);
        byte[] pckCrl = (Foreign == Signature.PckCrl ? root : authority).List(PckCrlDates.From, PckCrlDates.Until, RevokePck ? [pck.Serial] : []);
        byte[] info = Encoding.UTF8.GetBytes(EditTcbInfo(TcbInfo())), identity = Encoding.UTF8.GetBytes(EditQeIdentity(QeIdentity()));
        byte[] statementChain = Encoding.ASCII.GetBytes(signer.Pem + root.Pem);
        DcapCollateral collateral = new(
            info, Sign(Key(Signature.TcbInfo, SignerKey), info), statementChain,
            identity, Sign(Key(Signature.QeIdentity, SignerKey), identity), statementChain, rootCrl, pckCrl);
        byte[] quote = EditSigned(Quote(Encoding.ASCII.GetBytes(string.Concat(EditChain([pck.Pem, authority.Pem, root.Pem])))));
        Issued pinned = Foreign == Signature.Root ? Issued.By(null, AttestationKey, RootForm) : root;
        PinnedRoots roots = new(Certificate.Read(pinned.Der, "forged root"), ImmutableDictionary<SnpProduct, Certificate>.Empty);
        return AttestationVerifier.Verify(new Evidence(EvidenceKind.DcapQuote, quote), collateral, policy ?? Policy, new Standstill(Now), roots);
    }

    /// <summary>The bytes start, start + 1, and so on.</summary>
    public static byte[] Filled(int length, byte start) => [.. Enumerable.Range(0, length).Select(i => (byte)(start + i))];

    private byte[] Quote(byte[] chain)
    {
        byte[] header = new byte[48];
        BinaryPrimitives.WriteUInt16LittleEndian(header, Version);
        header[2] = 2;
        header[4] = (byte)(Tdx ? 0x81 : 0);
        Convert.FromHexString("939A7233F79C4CA9940A0DB3957F0607").CopyTo(header, 12);
        EditHeader(header);
        byte[] body = Tdx ? Domain() : Enclave();
        EditBody(body);
        byte[] description = Version == 5 ? [BodyType ?? (byte)(Tdx ? Tdx15 ? 3 : 2 : 1), 0, .. Length32(body.Length)] : [];
        byte[] signed = [.. header, .. description, .. body];

        byte[] authentication = Filled(32, 0), key = Point(AttestationKey), enclave = QuotingEnclave();
        SHA256.HashData([.. key, .. authentication]).CopyTo(enclave, 320);
        EditQuotingEnclave(enclave);
        byte[] certification =
        [
            .. enclave, .. Sign(Key(Signature.QuotingEnclave, PckKey), enclave), (byte)authentication.Length, 0, .. authentication,
            5, 0, .. Length32(chain.Length), .. chain,
        ];
        if (Version > 3) certification = [6, 0, .. Length32(certification.Length), .. certification];
        byte[] data = [.. Sign(Key(Signature.Quote, AttestationKey), signed), .. key, .. certification];
        return [.. signed, .. Length32(data.Length), .. data];
    }

    private ECDsa Key(Signature signature, ECDsa right) => Foreign == signature ? RootKey : right;

    private static byte[] Enclave()
    {
        byte[] body = new byte[384];
        body[48] = 0x05; // initialised, 64 bits
        Filled(32, 0x10).CopyTo(body, 64);
        Filled(32, 0x20).CopyTo(body, 128);
        body[256] = 7;
        body[258] = 3;
        Filled(64, 0x60).CopyTo(body, 320);
        return body;
    }

    private byte[] Domain()
    {
        byte[] body = new byte[Tdx15 ? 648 : 584];
        ((ReadOnlySpan<byte>)[6, 1, 5, 5]).CopyTo(body);
        body[123] = 0x10; // SEPT_VE_DISABLE
        Filled(48, 0x10).CopyTo(body, 136);
        for (int i = 0; i < 4; i++) Filled(48, (byte)(0x30 + i)).CopyTo(body, 328 + 48 * i);
        Filled(64, 0x60).CopyTo(body, 520);
        return body;
    }

    private static byte[] QuotingEnclave()
    {
        byte[] body = new byte[384];
        body[48] = 0x11;
        Filled(32, 0x50).CopyTo(body, 128);
        body[256] = 1;
        body[258] = 8;
        return body;
    }

    private string TcbInfo()
    {
        string sgxModule = Tdx
            ? """
              "tdxModule":{"mrsigner":"{Z96}","attributes":"{Z16}","attributesMask":"FFFFFFFFFFFFFFFF"},
              "tdxModuleIdentities":[{"id":"TDX_01","mrsigner":"{Z96}","attributes":"{Z16}","attributesMask":"FFFFFFFFFFFFFFFF",
                "tcbLevels":[{"tcb":{"isvsvn":5},"tcbDate":"2029-01-01T00:00:00Z","tcbStatus":"UpToDate"},
                             {"tcb":{"isvsvn":3},"tcbDate":"2028-01-01T00:00:00Z","tcbStatus":"OutOfDate","advisoryIDs":["INTEL-SA-MODULE"]}]}],
              """.Replace("{Z96}", new string('0', 96)).Replace("{Z16}", new string('0', 16))
            : "";
        return $$"""
            {"id":"{{(Tdx ? "TDX" : "SGX")}}","version":3,"issueDate":"2030-01-01T00:00:00Z","nextUpdate":"2031-01-01T00:00:00Z",
            "fmspc":"00A0B0C0D0E0","pceId":"0001","tcbType":0,"tcbEvaluationDataNumber":17,{{sgxModule}}
            "tcbLevels":[{{Level(5, "2029-01-01", "UpToDate", "")}},{{Level(3, "2028-01-01", "OutOfDate", "INTEL-SA-OLD")}}]}
            """;
    }

    private string Level(int version, string date, string status, string advisory)
    {
        string components = "[" + string.Join(',', Enumerable.Repeat($"{{\"svn\":{version}}}", 16)) + "]";
        string few = "[" + string.Join(',', Enumerable.Range(0, 16).Select(i => $"{{\"svn\":{(i is 2 or 3 ? version : i < 2 ? 9 : 0)}}}")) + "]";
        string tdx = Tdx ? $",\"tdxtcbcomponents\":{few}" : "", advisories = advisory.Length > 0 ? $",\"advisoryIDs\":[\"{advisory}\"]" : "";
        return $"{{\"tcb\":{{\"sgxtcbcomponents\":{components},\"pcesvn\":11{tdx}}},\"tcbDate\":\"{date}T00:00:00Z\",\"tcbStatus\":\"{status}\"{advisories}}}";
    }

    private string QeIdentity() => $$"""
        {"id":"{{(Tdx ? "TD_QE" : "QE")}}","version":2,"issueDate":"2030-01-01T00:00:00Z","nextUpdate":"2031-01-01T00:00:00Z",
        "tcbEvaluationDataNumber":17,"miscselect":"00000000","miscselectMask":"FFFFFFFF","attributes":"11000000000000000000000000000000",
        "attributesMask":"FBFFFFFFFFFFFFFF0000000000000000","mrsigner":"{{Convert.ToHexString(Filled(32, 0x50))}}","isvprodid":1,
        "tcbLevels":[{"tcb":{"isvsvn":8},"tcbDate":"2029-01-01T00:00:00Z","tcbStatus":"UpToDate"},
        {"tcb":{"isvsvn":6},"tcbDate":"2027-01-01T00:00:00Z","tcbStatus":"OutOfDate","advisoryIDs":["INTEL-SA-QE"]},
        {"tcb":{"isvsvn":4},"tcbDate":"2026-01-01T00:00:00Z","tcbStatus":"Revoked"}]}
        """;

    private static byte[] SgxExtension(byte[] components)
    {
        const string Sgx = "1.2.840.113741.1.13.1";
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Pair($"{Sgx}.1", () => writer.WriteOctetString(new byte[16]));
            Pair($"{Sgx}.2", () =>
            {
                using (writer.PushSequence())
                {
                    for (int i = 0; i < 16; i++)
                    {
                        int value = components[i];
                        Pair($"{Sgx}.2.{i + 1}", () => writer.WriteInteger(value));
                    }
                    Pair($"{Sgx}.2.17", () => writer.WriteInteger(11));
                    Pair($"{Sgx}.2.18", () => writer.WriteOctetString(components));
                }
            });
            Pair($"{Sgx}.3", () => writer.WriteOctetString([0, 1]));
            Pair($"{Sgx}.4", () => writer.WriteOctetString(Convert.FromHexString("00A0B0C0D0E0")));
        }
        return writer.Encode();

        void Pair(string identifier, Action value)
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(identifier);
                value();
            }
        }
    }

    private static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static byte[] Sign(ECDsa key, byte[] data) => key.SignData(data, HashAlgorithmName.SHA256);

    private static byte[] Point(ECDsa key)
    {
        ECPoint point = key.ExportParameters(false).Q;
        return [.. point.X!, .. point.Y!];
    }

    private static byte[] Length32(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        return bytes;
    }
}
