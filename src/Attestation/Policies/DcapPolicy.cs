using System.Collections.Immutable;

namespace Blindsight.Attestation.Policies;

/// <summary>What is demanded of every quote of Intel's: how current the platform must be.</summary>
public abstract record DcapPolicy
{
    private protected DcapPolicy() { }

    /// <summary>Intel's verdicts that are accepted. Revoked is never accepted, whatever stands here.</summary>
    public ImmutableHashSet<TcbStatus> AcceptedStatuses { get; init; } = [TcbStatus.UpToDate];

    /// <summary>The open advisories (INTEL-SA-...) that may apply to the platform. Any other refuses it.</summary>
    public ImmutableHashSet<string> AcceptedAdvisories { get; init; } = [];

    /// <summary>The lowest accepted evaluation number of TCB information and QE identity, so that old ones cannot be replayed.</summary>
    public int EvaluationNumberMin { get; init; }

    /// <summary>Whether the host may read the memory through the debugging interface.</summary>
    public bool PermitDebug { get; init; }
}
