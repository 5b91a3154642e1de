using Blindsight.Attestation.Certificates;
using Blindsight.Attestation.Dcap;
using Blindsight.Attestation.Policies;
using Blindsight.Attestation.Simulated;
using Blindsight.Attestation.Snp;

namespace Blindsight.Attestation;

/// <summary>
/// Decides whether evidence is to be believed. Everything is managed code over the framework's ECDSA and RSA; there is no network
/// and no system store, and the time is a parameter. All inputs are public, so nothing here is constant time.
/// </summary>
public static class AttestationVerifier
{
    /// <summary>
    /// The verdict on <paramref name="evidence"/> at the time of <paramref name="clock"/>, under the roots compiled into this
    /// assembly. What is checked, in which order, is written in docs/ATTESTATION.md.
    /// </summary>
    /// <param name="evidence">From the machine that wants to be believed; hostile until proven otherwise.</param>
    /// <param name="collateral">Certificates, lists and statements of the maker; from anybody, hostile too.</param>
    /// <param name="policy">What is demanded.</param>
    /// <param name="clock">The time at which certificates, lists and statements must be valid; read once.</param>
    /// <returns>The verdict. Look at its <see cref="Attested.Assurance"/>, and show its <see cref="Attested.Label"/>.</returns>
    /// <exception cref="AttestationException">Refused, with the named fault. No other exception comes from the bytes.</exception>
    public static Attested Verify(Evidence evidence, Collateral collateral, AttestationPolicy policy, TimeProvider clock) =>
        Verify(evidence, collateral, policy, clock, PinnedRoots.BuiltIn);

    internal static Attested Verify(Evidence evidence, Collateral collateral, AttestationPolicy policy, TimeProvider clock, PinnedRoots roots)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(collateral);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(clock);
        DateTimeOffset now = clock.GetUtcNow();
        return evidence.Kind switch
        {
            EvidenceKind.SevSnpReport => SnpVerifier.Verify(evidence.Bytes, Expect<SnpCollateral>(collateral), policy, roots, now),
            EvidenceKind.DcapQuote => DcapVerifier.Verify(evidence.Bytes, Expect<DcapCollateral>(collateral), policy, roots, now),
            _ => SimulatedVerifier.Verify(evidence.Bytes, policy),
        };
    }

    private static T Expect<T>(Collateral collateral)
        where T : Collateral =>
        collateral as T ?? throw new AttestationException(AttestationFault.CollateralMissing, "collateral", $"must be a {typeof(T).Name}");
}
