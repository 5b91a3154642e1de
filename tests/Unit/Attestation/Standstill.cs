namespace Blindsight.Unit.Attestation;

/// <summary>A clock that always shows one time.</summary>
internal sealed class Standstill(DateTimeOffset time) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => time;
}
