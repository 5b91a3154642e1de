using Blindsight.Harness;

namespace Blindsight.Tests;

/// <summary>A fact that reads shared/data and is skipped, saying so, where that is absent.</summary>
public sealed class DataFactAttribute : FactAttribute
{
    public DataFactAttribute()
    {
        if (!SharedData.Present) Skip = "shared/data is absent";
    }
}

/// <summary>A theory that reads shared/data and is skipped, saying so, where that is absent.</summary>
public sealed class DataTheoryAttribute : TheoryAttribute
{
    public DataTheoryAttribute()
    {
        if (!SharedData.Present) Skip = "shared/data is absent";
    }
}
