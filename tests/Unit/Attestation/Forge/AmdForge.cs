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

/// <summary>SEV-SNP reports, certificates and revocation lists under roots of the tests' own, laid out as AMD's documents say.</summary>
internal sealed class AmdForge
{
    public static readonly DateTimeOffset Now = new(2030, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private const string Amd = "1.3.6.1.4.1.3704.1.";

    // Making a key of 4,096 bits takes a second or so; one each for roots and intermediates will do.
    private static readonly RSA RootKey = RSA.Create(4096), IntermediateKey = RSA.Create(4096);

    private static readonly ECDsa ReportKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    private readonly Form root, intermediate;

    public AmdForge(SnpProduct product = SnpProduct.Milan, bool leased = false)
    {
        Product = product;
        Leased = leased;
        root = Form.Root($"ARK-{product}");
        intermediate = Form.Issuer(leased ? $"SEV-VLEK-{product}" : $"SEV-{product}");
        KeyForm = new Form(leased ? "SEV-VLEK" : "SEV-VCEK") { Serial = 2 };
        ProductName = leased ? product.ToString() : $"{product}-B1";
        KeyTcb = Tcb;
    }

    public SnpProduct Product { get; }

    public bool Leased { get; }

    public uint Version { get; init; } = 3;

    public SnpTcb Tcb { get; init; } = new(0, 4, 1, 10, 200);

    /// <summary>The versions that the certificate states.</summary>
    public SnpTcb KeyTcb { get; init; }

    public string ProductName { get; init; }

    public byte[] KeyChipId { get; init; } = IntelForge.Filled(64, 0x40);

    public Func<Form, Form> EditRoot { get; init; } = form => form;

    public Func<Form, Form> EditIntermediate { get; init; } = form => form;

    public Form KeyForm { get; init; }

    public Action<byte[]> EditReport { get; init; } = _ => { };

    /// <summary>What becomes of the report once it is signed.</summary>
    public Func<byte[], byte[]> EditSigned { get; init; } = report => report;

    public (DateTimeOffset From, DateTimeOffset Until) CrlDates { get; init; } = (Form.Opening, Form.Closing);

    public bool Revoke { get; init; }

    public bool WithoutCrl { get; init; }

    /// <summary>What becomes of the extensions of the key's certificate.</summary>
    public Func<X509Extension[], X509Extension[]> EditExtensions { get; init; } = extensions => extensions;

    /// <summary>Whether the certificate is about a key on P-256.</summary>
    public bool OnAnotherCurve { get; init; }

    /// <summary>Whether the report is signed by a key that no certificate is about.</summary>
    public bool ForeignKey { get; init; }

    /// <summary>Whether the pinned root has the right name and another key.</summary>
    public bool ForeignRoot { get; init; }

    /// <summary>Whether the revocation list is signed by the intermediate instead of the root.</summary>
    public bool ForeignCrl { get; init; }

    /// <summary>Another product line whose root is pinned in place of this one's.</summary>
    public SnpProduct? PinnedAs { get; init; }

    public AttestationPolicy Policy => new() { ReportData = new Octets(IntelForge.Filled(64, 0x60)), SevSnp = Demands };

    public SnpPolicy Demands => new()
    {
        Measurements = [new Octets(IntelForge.Filled(48, 0x10))],
        TcbMin = ImmutableDictionary<SnpProduct, SnpTcb>.Empty.Add(Product, Tcb),
        PermitLeasedKey = Leased,
    };

    public Attested Verify(SnpPolicy? demands = null)
    {
        Issued ark = Issued.By(null, RootKey, EditRoot(root)), ask = Issued.By(ark, IntermediateKey, EditIntermediate(intermediate));
        using ECDsa another = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Issued key = Issued.By(ask, OnAnotherCurve ? another : ReportKey, KeyForm with { Extensions = EditExtensions(Extensions()) });
        byte[] list = WithoutCrl ? [] : (ForeignCrl ? ask : ark).List(CrlDates.From, CrlDates.Until, Revoke ? [ask.Serial] : []);
        Certificate pinned = Certificate.Read((ForeignRoot ? Issued.By(null, IntermediateKey, EditRoot(root)) : ark).Der, "forged root");
        PinnedRoots roots = new(pinned, ImmutableDictionary<SnpProduct, Certificate>.Empty.Add(PinnedAs ?? Product, pinned));
        if (PinnedAs is not null)
            roots = roots with { Amd = roots.Amd.Add(Product, Certificate.Read(Issued.By(null, RootKey, Form.Root("ARK-Other")).Der, "other root")) };
        byte[] table = Table(("63da758de6644564adc5f4b93be8accd", key.Der), ("4ab7b379bbac4fe4a02f05aef327c782", ask.Der));
        Evidence evidence = new(EvidenceKind.SevSnpReport, EditSigned(Report()), table);
        AttestationPolicy policy = Policy with { SevSnp = demands ?? Demands };
        return AttestationVerifier.Verify(evidence, SnpCollateral.FromHost(evidence, list), policy, new Standstill(Now), roots);
    }

    /// <summary>A host's table of certificates.</summary>
    public static byte[] Table(params (string Guid, byte[] Der)[] entries)
    {
        int at = 24 * (entries.Length + 1);
        byte[] table = new byte[at + entries.Sum(entry => entry.Der.Length)];
        for (int i = 0; i < entries.Length; i++)
        {
            Convert.FromHexString(entries[i].Guid).CopyTo(table, 24 * i);
            BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(24 * i + 16), at);
            BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(24 * i + 20), entries[i].Der.Length);
            entries[i].Der.CopyTo(table, at);
            at += entries[i].Der.Length;
        }
        return table;
    }

    private byte[] Report()
    {
        byte[] report = new byte[0x4A0];
        report[0] = (byte)Version;
        report[0x0A] = 0x02; // guest policy, the bit that is always 1
        report[0x34] = 1;
        report[0x40] = 0x20; // alias check complete
        report[0x48] = (byte)(Leased ? 1 << 2 : 0);
        IntelForge.Filled(64, 0x60).CopyTo(report, 0x50);
        IntelForge.Filled(48, 0x10).CopyTo(report, 0x90);
        foreach (int at in new[] { 0x38, 0x180, 0x1E0, 0x1F0 }) Join(Tcb).CopyTo(report, at);
        report[0x188] = (byte)(Product == SnpProduct.Turin ? 0x1A : 0x19);
        report[0x189] = Product switch { SnpProduct.Milan => 0x01, SnpProduct.Genoa => 0x11, _ => 0x02 };
        byte[] chip = new byte[64];
        KeyChipId.CopyTo(chip, 0);
        chip.CopyTo(report, 0x1A0);
        EditReport(report);
        using ECDsa foreign = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        byte[] signature = (ForeignKey ? foreign : ReportKey).SignData(report.AsSpan(..0x2A0), HashAlgorithmName.SHA384);
        for (int i = 0; i < 48; i++)
        {
            report[0x2A0 + i] = signature[47 - i];
            report[0x2E8 + i] = signature[95 - i];
        }
        return report;
    }

    private byte[] Join(SnpTcb tcb) => Product == SnpProduct.Turin
        ? [tcb.Fmc, tcb.Bootloader, tcb.Tee, tcb.Snp, 0, 0, 0, tcb.Microcode]
        : [tcb.Bootloader, tcb.Tee, 0, 0, 0, 0, tcb.Snp, tcb.Microcode];

    private X509Extension[] Extensions()
    {
        List<X509Extension> found =
        [
            Number("1", 1), new X509Extension(Amd + "2", [0x16, (byte)ProductName.Length, .. Encoding.ASCII.GetBytes(ProductName)], false),
            Number("3.1", KeyTcb.Bootloader), Number("3.2", KeyTcb.Tee), Number("3.3", KeyTcb.Snp), Number("3.8", KeyTcb.Microcode),
        ];
        if (Product == SnpProduct.Turin) found.Add(Number("3.9", KeyTcb.Fmc));
        if (!Leased) found.Add(new X509Extension(Amd + "4", KeyChipId, false));
        return [.. found];
    }

    private static X509Extension Number(string arc, byte value)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        writer.WriteInteger((int)value);
        return new X509Extension(Amd + arc, writer.Encode(), false);
    }
}
