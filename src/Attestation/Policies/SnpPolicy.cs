using System.Collections.Immutable;

namespace Blindsight.Attestation.Policies;

/// <summary>What is demanded of an SEV-SNP report.</summary>
public sealed record SnpPolicy
{
    /// <summary>Bytes of a launch measurement (SHA-384).</summary>
    public const int MeasurementBytes = 48;

    /// <summary>Bytes of a chip's number in a report.</summary>
    public const int ChipIdBytes = 64;

    /// <summary>The accepted launch measurements, 48 bytes each, at least one.</summary>
    public required ImmutableArray<Octets> Measurements { get; init => field = Sized.CheckSome(value, MeasurementBytes, nameof(Measurements)); }

    /// <summary>
    /// The accepted product lines and, for each, the lowest accepted versions of its firmware. Versions of different lines
    /// cannot be compared, so each has its own. They apply to the versions at launch and to the current, committed and reported ones.
    /// </summary>
    public required ImmutableDictionary<SnpProduct, SnpTcb> TcbMin { get; init; }

    /// <summary>The accepted chips, 64 bytes each; empty: any chip that AMD certified.</summary>
    public ImmutableArray<Octets> ChipIds { get; init => field = Sized.CheckAll(value, ChipIdBytes, nameof(ChipIds)); } = [];

    /// <summary>The least privileged level inside the guest whose reports are accepted, 0 (most privileged) to 3.</summary>
    public uint VmplMax { get; init; }

    /// <summary>Whether the host may read the guest's memory through the debugging commands.</summary>
    public bool PermitDebug { get; init; }

    /// <summary>Whether the guest may be handed to a migration agent.</summary>
    public bool PermitMigration { get; init; }

    /// <summary>Whether the guest may share cores with another thread.</summary>
    public bool PermitSmt { get; init; }

    /// <summary>Whether the host may still roll the firmware back (current and committed versions differ).</summary>
    public bool PermitProvisionalFirmware { get; init; }

    /// <summary>Whether a key that AMD leased to a cloud provider (VLEK) is as good as the chip's own (VCEK).</summary>
    public bool PermitLeasedKey { get; init; }

    /// <summary>Whether the firmware must state that it looked for aliased memory at boot (the answer to BadRAM, CVE-2024-21944).</summary>
    public bool RequireAliasCheck { get; init; } = true;

    /// <summary>Whether a current revocation list must be given. Without it a revoked intermediate would pass.</summary>
    public bool RequireRevocationList { get; init; } = true;
}
