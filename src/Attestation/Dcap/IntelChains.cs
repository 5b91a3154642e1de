using Blindsight.Attestation.Certificates;

namespace Blindsight.Attestation.Dcap;

/// <summary>
/// Intel's certificates: root, processor or platform authority, platform key (PCK); and root, signer of statements. All share one
/// root, one time and the root's revocation list.
/// </summary>
internal sealed class IntelChains
{
    private readonly CertificateChain chain;
    private readonly RevocationList rootList;

    /// <exception cref="AttestationException">The root or its revocation list is not valid now.</exception>
    public IntelChains(Certificate root, ReadOnlyMemory<byte> rootCrl, DateTimeOffset now)
    {
        Now = now;
        chain = new CertificateChain(root, now);
        rootList = chain.CheckList(RevocationList.Read(rootCrl, "root CRL"), root);
    }

    public DateTimeOffset Now { get; }

    /// <summary>When the first of everything checked so far expires.</summary>
    public DateTimeOffset NotAfter => chain.NotAfter;

    /// <summary>The platform's certificate, checked up to the root and against both revocation lists.</summary>
    public Certificate CheckPlatform(ReadOnlyMemory<byte> pem, ReadOnlyMemory<byte> pckCrl)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> links = Links(pem, "PCK chain", 3);
        Certificate authority = Certificate.Read(links[1], "PCK authority");
        Certificate platform = Certificate.Read(links[0], "PCK certificate");
        chain.CheckAuthority(authority, chain.Root);
        ExpectName(authority, "Intel SGX PCK Processor CA", "Intel SGX PCK Platform CA");
        CertificateChain.CheckNotRevoked(authority, rootList);
        chain.CheckEnd(platform, authority);
        ExpectName(platform, "Intel SGX PCK Certificate");
        CertificateChain.CheckNotRevoked(platform, chain.CheckList(RevocationList.Read(pckCrl, "PCK CRL"), authority));
        return platform;
    }

    /// <summary>A statement's signature by a signer that the root certified for this. Only then is the statement worth reading.</summary>
    public void CheckStatement(
        ReadOnlyMemory<byte> statement, ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> pem, AttestationFault fault, string place)
    {
        if (statement.IsEmpty) throw new AttestationException(AttestationFault.CollateralMissing, place, "was not given");
        Certificate signer = Certificate.Read(Links(pem, $"{place}'s chain", 2)[0], $"{place}'s signer");
        chain.CheckEnd(signer, chain.Root);
        ExpectName(signer, "Intel SGX TCB Signing");
        CertificateChain.CheckNotRevoked(signer, rootList);
        if (!signer.Key.VerifiesBare(statement.Span, signature.Span)) throw new AttestationException(fault, place, "is not signed by its signer");
    }

    /// <summary>Checks the dates of a statement whose signature is good.</summary>
    public void CheckDates(DateTimeOffset issued, DateTimeOffset nextUpdate, string place)
    {
        if (Now < issued) throw new AttestationException(AttestationFault.CollateralNotYetValid, place, $"issued {issued:u}, now is {Now:u}");
        if (Now > nextUpdate) throw new AttestationException(AttestationFault.CollateralExpired, place, $"to be replaced by {nextUpdate:u}, now is {Now:u}");
        chain.Lower(nextUpdate);
    }

    /// <summary>The certificates of a chain, leaf first; the last must be the pinned root, byte for byte.</summary>
    private IReadOnlyList<ReadOnlyMemory<byte>> Links(ReadOnlyMemory<byte> pem, string place, int count)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> links = Pem.Read(pem.Span, place);
        if (links.Count != count) throw new AttestationException(AttestationFault.ChainBroken, place, $"{links.Count} certificates, must be {count}");
        if (!links[^1].Span.SequenceEqual(chain.Root.Raw.Span))
            throw new AttestationException(AttestationFault.RootNotPinned, place, "does not end in Intel's root");
        return links;
    }

    /// <summary>Intel tells the roles of certificates apart by the common name alone.</summary>
    private static void ExpectName(Certificate certificate, params ReadOnlySpan<string> names)
    {
        if (!names.Contains(certificate.Name))
            throw new AttestationException(AttestationFault.CertificateUsage, certificate.Place, $"is that of \"{certificate.Name}\"");
    }
}
