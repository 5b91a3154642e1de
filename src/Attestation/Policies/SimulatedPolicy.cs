using System.Collections.Immutable;

namespace Blindsight.Attestation.Policies;

/// <summary>What is demanded of simulated evidence. Whatever it says, nothing vouches for it; the verdict says NOT ATTESTED.</summary>
public sealed record SimulatedPolicy
{
    /// <summary>Bytes of a simulated measurement.</summary>
    public const int MeasurementBytes = 48;

    /// <summary>Bytes of a signing key: x and y on P-256.</summary>
    public const int KeyBytes = 64;

    /// <summary>The accepted measurements, 48 bytes each, at least one.</summary>
    public required ImmutableArray<Octets> Measurements { get; init => field = Sized.CheckSome(value, MeasurementBytes, nameof(Measurements)); }

    /// <summary>The signing key that must have been used, 64 bytes; null: any, so that anybody can make such evidence.</summary>
    public Octets? Key { get; init => field = value is null ? null : Sized.Check(value, KeyBytes, nameof(Key)); }
}
