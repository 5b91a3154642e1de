namespace Blindsight.Attestation;

/// <summary>Intel's verdict on a platform's firmware versions, as its TCB information states it.</summary>
public enum TcbStatus
{
    /// <summary>Nothing newer is needed.</summary>
    UpToDate,
    /// <summary>Up to date if the software inside hardens itself against the advisories named.</summary>
    SWHardeningNeeded,
    /// <summary>A setting of the machine is needed that the verdict cannot see.</summary>
    ConfigurationNeeded,
    /// <summary>Both of the former.</summary>
    ConfigurationAndSWHardeningNeeded,
    /// <summary>Known weaknesses are mended in newer versions.</summary>
    OutOfDate,
    /// <summary>Out of date, and a setting is needed too.</summary>
    OutOfDateConfigurationNeeded,
    /// <summary>Not to be trusted any more; never accepted.</summary>
    Revoked,
}
