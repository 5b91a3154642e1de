namespace Blindsight.Hosting.Service;

/// <summary>What one client may have, known by its certificate's name; 0 is nothing at all.</summary>
public sealed record ClientLimits
{
    /// <summary>Sessions at once.</summary>
    public int Sessions { get; init; } = 64;

    /// <summary>Rows predicted a minute; as many may come at once after a minute's rest.</summary>
    public int RowsAMinute { get; init; } = int.MaxValue;

    /// <summary>Rows that lie prepared and unused, over all of its sessions, besides what a session holds at most.</summary>
    public int PreparedRows { get; init; } = int.MaxValue;

    /// <exception cref="Arithmetic.ParameterException">A limit is negative.</exception>
    internal void Check(string whose)
    {
        if (Sessions < 0 || RowsAMinute < 0 || PreparedRows < 0) throw new Arithmetic.ParameterException($"a limit of {whose} is negative");
    }
}
