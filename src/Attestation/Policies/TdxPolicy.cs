using System.Collections.Immutable;

namespace Blindsight.Attestation.Policies;

/// <summary>What is demanded of a TDX quote.</summary>
public sealed record TdxPolicy : DcapPolicy
{
    /// <summary>Bytes of MRTD and of each RTMR (SHA-384).</summary>
    public const int MeasurementBytes = 48;

    /// <summary>The runtime measurement registers, RTMR0 to RTMR3.</summary>
    public const int RuntimeRegisters = 4;

    /// <summary>The accepted measurements of the initial memory (MRTD), 48 bytes each, at least one.</summary>
    public required ImmutableArray<Octets> Measurements { get; init => field = Sized.CheckSome(value, MeasurementBytes, nameof(Measurements)); }

    /// <summary>
    /// What RTMR0 to RTMR3 must hold, 48 bytes each; null in a place: not looked at. Must be written out, because MRTD usually
    /// covers the firmware only: kernel, command line and programs stand in these registers.
    /// </summary>
    public required ImmutableArray<Octets?> RuntimeMeasurements
    {
        get;
        init
        {
            if (value.IsDefault || value.Length != RuntimeRegisters)
                throw new ArgumentException($"must have {RuntimeRegisters} places", nameof(RuntimeMeasurements));
            foreach (Octets? register in value)
                if (register is not null)
                    Sized.Check(register, MeasurementBytes, nameof(RuntimeMeasurements));
            field = value;
        }
    }

    /// <summary>Whether the domain may be migrated to another machine (attribute bit 29).</summary>
    public bool PermitMigration { get; init; }

    /// <summary>Whether the domain may be told of page faults on its own memory by the host (attribute bit 28, SEPT_VE_DISABLE, clear).</summary>
    public bool PermitSecureEptExceptions { get; init; }
}
