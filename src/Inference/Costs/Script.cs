using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Costs;

/// <summary>
/// What two parties do, told by the protocols themselves: computation, messages, transfers. Each party's acts come in the order in which it does
/// them; a receipt comes after the message that it takes. Everything told is public, a function of the plan.
/// </summary>
internal abstract class Script
{
    /// <summary>A party computes.</summary>
    /// <param name="width">Where the kind has one.</param>
    public abstract void Does(Role party, Work work, double units = 1, int width = 0);

    /// <summary>A party queues a message.</summary>
    public abstract void Sends(Role party, long bytes);

    /// <summary>A party waits for its oldest message and takes it.</summary>
    public abstract void Receives(Role party);

    /// <summary>A party flushes.</summary>
    public abstract void Flushes(Role party);

    /// <summary>Both ends make correlated transfers in one direction.</summary>
    public abstract void Extends(Role sender, long transfers);

    /// <summary>Both do the same.</summary>
    public void Both(Work work, double units, int width = 0)
    {
        Does(Role.Client, work, units, width);
        Does(Role.Server, work, units, width);
    }

    /// <summary>A message, which the other party takes next.</summary>
    public void Message(Role from, long bytes)
    {
        Sends(from, bytes);
        Receives(1 - from);
    }

    /// <summary>Both send, then both receive.</summary>
    public void Exchange(long bytes)
    {
        Sends(Role.Client, bytes);
        Sends(Role.Server, bytes);
        Receives(Role.Client);
        Receives(Role.Server);
    }
}
