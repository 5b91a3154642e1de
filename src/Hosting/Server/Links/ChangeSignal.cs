namespace Blindsight.Hosting.Server.Links;

/// <summary>Wakes every thread that waits for something to do.</summary>
internal sealed class ChangeSignal
{
    private readonly List<AutoResetEvent> _waiting = [];

    /// <summary>An event that every later <see cref="Raise"/> sets; to be given back.</summary>
    public AutoResetEvent Subscribe()
    {
        AutoResetEvent mine = new(true);
        lock (_waiting) _waiting.Add(mine);
        return mine;
    }

    public void Unsubscribe(AutoResetEvent mine)
    {
        lock (_waiting) _waiting.Remove(mine);
        mine.Dispose();
    }

    public void Raise()
    {
        lock (_waiting)
            foreach (AutoResetEvent waiting in _waiting) waiting.Set();
    }
}
