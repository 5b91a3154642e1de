namespace Blindsight.Inference.Sessions;

/// <summary>What a client asks a session for.</summary>
public enum SessionWork
{
    /// <summary>Material for one batch, made ahead of its input.</summary>
    Prepare,
    /// <summary>One batch's predictions.</summary>
    Infer,
}

/// <summary>The owner's say in a server's session: whether a client may have what it asks for next. Called on the session's thread.</summary>
public interface ISessionGate
{
    /// <summary>Whether the session is to end between two requests.</summary>
    bool Ending { get; }

    /// <summary>Called before a request is answered.</summary>
    /// <exception cref="Mpc.Channels.ProtocolException">It is refused, and the session is over.</exception>
    void Begin(SessionWork work, int rows);

    /// <summary>Called once it was answered.</summary>
    /// <param name="seconds">Time from the request on.</param>
    void End(SessionWork work, int rows, double seconds);
}
