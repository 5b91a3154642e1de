using Blindsight.Cli.Parties;

namespace Blindsight.EndToEnd;

/// <summary>A fact about confined processes, skipped, saying so, where the system cannot confine.</summary>
public sealed class LandlockFactAttribute : FactAttribute
{
    public LandlockFactAttribute()
    {
        if (!Confinement.Supported) Skip = "this system has no Landlock";
    }
}
