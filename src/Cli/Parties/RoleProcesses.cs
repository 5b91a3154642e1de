using System.Collections.Concurrent;

namespace Blindsight.Cli.Parties;

/// <summary>What one role's process told, and when it ended.</summary>
internal sealed record RoleRun(string Name, PartyEvent[] Events, DateTimeOffset EndedAt)
{
    public T Only<T>() where T : PartyEvent => Events.OfType<T>().Single();
}

/// <summary>The processes of a run of many roles: where one fails, the run does, with that one's words.</summary>
internal sealed class RoleProcesses(CancellationToken cancellation) : IDisposable
{
    private const int PollMs = 20;

    private readonly List<Role> _roles = [];

    public Role Start(string name, params string[] arguments)
    {
        Role role = new(name, arguments);
        _roles.Add(role);
        return role;
    }

    public Listening ListeningOf(Role role)
    {
        Until(() => role.Events.OfType<Listening>().Any());
        return role.Events.OfType<Listening>().First();
    }

    /// <exception cref="CommandException">A role failed meanwhile; the message is its own.</exception>
    public void Until(Func<bool> condition)
    {
        while (!condition())
        {
            ThrowIfFailed();
            cancellation.WaitHandle.WaitOne(PollMs);
        }
    }

    /// <summary>Waits for a role's end, and sees that no other fails meanwhile.</summary>
    /// <exception cref="CommandException">A role failed meanwhile; the message is its own.</exception>
    public void WaitFor(Role role)
    {
        Until(() => role.Process.Ended);
        role.Process.WaitForEnd(cancellation);
        ThrowIfFailed();
    }

    /// <summary>Asks a role to end.</summary>
    public void End(Role role) => role.Process.End(cancellation);

    public void Dispose()
    {
        foreach (Role role in _roles) role.Process.Dispose();
    }

    /// <summary>Reports the role that failed first: the others' faults are its consequence.</summary>
    private void ThrowIfFailed()
    {
        cancellation.ThrowIfCancellationRequested();
        Role[] failed = [.. _roles.Where(role => role.Process.Ended && !role.Process.Succeeded).OrderBy(role => role.Process.EndTime)];
        if (failed.Length == 0) return;
        failed[0].Process.WaitForEnd(cancellation);
        throw new CommandException($"The {failed[0].Name} failed: {failed[0].Process.Complaint}");
    }

    internal sealed class Role
    {
        public Role(string name, string[] arguments)
        {
            Name = name;
            Process = new PartyProcess(name, arguments, Events.Enqueue);
        }

        public string Name { get; }

        public PartyProcess Process { get; }

        public ConcurrentQueue<PartyEvent> Events { get; } = new();

        public RoleRun Told => new(Name, [.. Events], Process.EndTime);
    }
}
