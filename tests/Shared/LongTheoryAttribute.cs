using Blindsight.Harness;

namespace Blindsight.Tests;

/// <summary>A theory that takes minutes and runs only where BLINDSIGHT_LONG=1 is set.</summary>
public sealed class LongTheoryAttribute : TheoryAttribute
{
    public LongTheoryAttribute()
    {
        if (!SharedData.Present) Skip = "shared/data is absent";
        else if (Environment.GetEnvironmentVariable("BLINDSIGHT_LONG") != "1") Skip = "takes minutes; set BLINDSIGHT_LONG=1";
    }
}
