namespace Blindsight.Attestation.Certificates;

/// <summary>
/// Checks a chain from a pinned root down, link by link: names, then the signature, then dates and uses. The signature comes
/// before anything that the certificate claims.
/// </summary>
internal sealed class CertificateChain
{
    private readonly DateTimeOffset now;

    /// <param name="root">The pinned root; its own signature is not looked at, its dates and uses are.</param>
    /// <param name="now">The time of verification.</param>
    public CertificateChain(Certificate root, DateTimeOffset now)
    {
        this.now = now;
        Root = root;
        CheckDates(root);
        CheckMayIssue(root);
    }

    public Certificate Root { get; }

    /// <summary>When the first of everything checked so far expires.</summary>
    public DateTimeOffset NotAfter { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>Checks that <paramref name="issuer"/>, already checked, issued an authority for end certificates.</summary>
    public Certificate CheckAuthority(Certificate certificate, Certificate issuer)
    {
        CheckIssued(certificate, issuer);
        CheckMayIssue(certificate);
        if (issuer.PathLengthMax < 1)
            throw new AttestationException(AttestationFault.CertificateUsage, issuer.Place, "may issue no further authority");
        return certificate;
    }

    /// <summary>Checks that <paramref name="issuer"/>, already checked, issued a certificate of a key that signs data.</summary>
    public Certificate CheckEnd(Certificate certificate, Certificate issuer)
    {
        CheckIssued(certificate, issuer);
        if (certificate.IsAuthority) throw new AttestationException(AttestationFault.CertificateUsage, certificate.Place, "is an authority's");
        if (certificate.Usage is { } uses && !uses.HasFlag(KeyUses.DigitalSignature))
            throw new AttestationException(AttestationFault.CertificateUsage, certificate.Place, "may not sign data");
        return certificate;
    }

    /// <summary>Checks that <paramref name="list"/> is the issuer's and current; lowers <see cref="NotAfter"/>.</summary>
    public RevocationList CheckList(RevocationList list, Certificate issuer)
    {
        if (!list.Issuer.Span.SequenceEqual(issuer.Subject.Span))
            throw new AttestationException(AttestationFault.CrlSignature, list.Place, $"is not the list of {issuer.Place}");
        if (!list.IsSignedBy(issuer.Key))
            throw new AttestationException(AttestationFault.CrlSignature, list.Place, $"is not signed by {issuer.Place}");
        if (issuer.Usage is not { } uses || !uses.HasFlag(KeyUses.CrlSign))
            throw new AttestationException(AttestationFault.CertificateUsage, issuer.Place, "may not sign revocation lists");
        if (now < list.ThisUpdate)
            throw new AttestationException(AttestationFault.CrlNotYetValid, list.Place, $"issued {list.ThisUpdate:u}, now is {now:u}");
        if (now > list.NextUpdate)
            throw new AttestationException(AttestationFault.CrlExpired, list.Place, $"to be replaced by {list.NextUpdate:u}, now is {now:u}");
        Lower(list.NextUpdate);
        return list;
    }

    /// <summary>Notes that something else that was checked expires at <paramref name="time"/>.</summary>
    public void Lower(DateTimeOffset time) => NotAfter = time < NotAfter ? time : NotAfter;

    /// <summary>Refuses a certificate that a checked list of its issuer names.</summary>
    public static void CheckNotRevoked(Certificate certificate, RevocationList list)
    {
        if (list.Names(certificate.Serial))
            throw new AttestationException(AttestationFault.CertificateRevoked, certificate.Place, $"is named on {list.Place}");
    }

    private void CheckIssued(Certificate certificate, Certificate issuer)
    {
        if (!certificate.Issuer.Span.SequenceEqual(issuer.Subject.Span))
            throw new AttestationException(AttestationFault.ChainBroken, certificate.Place, $"names another issuer than {issuer.Place}");
        if (!certificate.IsSignedBy(issuer.Key))
            throw new AttestationException(AttestationFault.CertificateSignature, certificate.Place, $"is not signed by {issuer.Place}");
        CheckDates(certificate);
    }

    private void CheckDates(Certificate certificate)
    {
        if (now < certificate.NotBefore)
            throw new AttestationException(AttestationFault.CertificateNotYetValid, certificate.Place, $"from {certificate.NotBefore:u}, now is {now:u}");
        if (now > certificate.NotAfter)
            throw new AttestationException(AttestationFault.CertificateExpired, certificate.Place, $"until {certificate.NotAfter:u}, now is {now:u}");
        Lower(certificate.NotAfter);
    }

    private static void CheckMayIssue(Certificate certificate)
    {
        if (!certificate.IsAuthority || certificate.Usage is not { } uses || !uses.HasFlag(KeyUses.CertificateSign))
            throw new AttestationException(AttestationFault.CertificateUsage, certificate.Place, "may not issue certificates");
    }
}
