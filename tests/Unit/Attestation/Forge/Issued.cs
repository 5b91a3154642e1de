using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Blindsight.Unit.Attestation.Forge;

/// <summary>A certificate of the tests' own making, with its key: so that evidence can be wrong in one place and signed all the same.</summary>
internal sealed class Issued
{
    private Issued(byte[] der, AsymmetricAlgorithm key)
    {
        Der = der;
        Key = key;
    }

    public byte[] Der { get; }

    public AsymmetricAlgorithm Key { get; }

    public ECDsa Ecdsa => (ECDsa)Key;

    /// <summary>The serial number, big-endian.</summary>
    public byte[] Serial { get; private init; } = [];

    public string Pem => PemEncoding.WriteString("CERTIFICATE", Der) + "\n";

    private X500DistinguishedName Name { get; init; } = null!;

    private X509SignatureGenerator Generator => Key is RSA rsa
        ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pss)
        : X509SignatureGenerator.CreateForECDsa(Ecdsa);

    private HashAlgorithmName Hash => Key is RSA ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    /// <summary>A certificate by <paramref name="issuer"/>, or signed by itself.</summary>
    public static Issued By(Issued? issuer, AsymmetricAlgorithm key, Form form)
    {
        X500DistinguishedName name = new($"CN={form.Name}, O=Forge");
        PublicKey subject = key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);
        Issued own = new([], key) { Name = name };
        Issued signer = issuer ?? own;
        CertificateRequest request = new(name, subject, signer.Hash);
        if (form.Authority is { } authority)
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, form.PathLength is not null, form.PathLength ?? 0, critical: true));
        if (form.Usage is { } usage) request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        foreach (X509Extension extension in form.Extensions) request.CertificateExtensions.Add(extension);
        byte[] serial = [(byte)(1 + form.Serial), 0x42, 0x17];
        using X509Certificate2 made = request.Create(signer.Name, signer.Generator, form.From, form.Until, serial);
        return new Issued(made.RawData, key) { Name = name, Serial = serial };
    }

    /// <summary>This issuer's list of revoked serial numbers.</summary>
    public byte[] List(DateTimeOffset from, DateTimeOffset until, params byte[][] revoked)
    {
        CertificateRevocationListBuilder builder = new();
        foreach (byte[] serial in revoked) builder.AddEntry(serial, from);
        X509AuthorityKeyIdentifierExtension identifier = X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier((ReadOnlySpan<byte>)[1, 2, 3]);
        return builder.Build(Name, Generator, crlNumber: 1, until, Hash, identifier, from);
    }
}

/// <summary>What a certificate of the tests' own making says.</summary>
internal sealed record Form(string Name)
{
    public static readonly DateTimeOffset Opening = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), Closing = new(2031, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public byte Serial { get; init; }

    public DateTimeOffset From { get; init; } = Opening;

    public DateTimeOffset Until { get; init; } = Closing;

    public bool? Authority { get; init; }

    public int? PathLength { get; init; }

    public X509KeyUsageFlags? Usage { get; init; }

    public IReadOnlyList<X509Extension> Extensions { get; init; } = [];

    public static Form Root(string name) => new(name) { Authority = true, Usage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign };

    public static Form Issuer(string name) => Root(name) with { PathLength = 0, Serial = 1 };

    public static Form Signer(string name) => new(name) { Authority = false, Usage = X509KeyUsageFlags.DigitalSignature, Serial = 2 };
}
