namespace Blindsight.Mpc.Channels;

/// <summary>What a peer, or the link to it, can do wrong. Each ends the session.</summary>
public enum PeerFault
{
    /// <summary>The link closed in the middle of a protocol.</summary>
    Disconnected,
    /// <summary>Nothing arrived, or nothing could be delivered, for longer than the timeout.</summary>
    TimedOut,
    /// <summary>The next message has another tag than the protocol calls for.</summary>
    UnexpectedMessage,
    /// <summary>A message is longer or shorter than the plan fixes.</summary>
    WrongLength,
    /// <summary>A message has the right length and a content outside its range.</summary>
    MalformedMessage,
    /// <summary>The peer speaks another version of the protocol.</summary>
    VersionMismatch,
    /// <summary>The peer holds another plan.</summary>
    PlanMismatch,
    /// <summary>The peer asks for more than this party allows.</summary>
    LimitExceeded,
    /// <summary>The peer refused and said why.</summary>
    RefusedByPeer,
}

/// <summary>The peer broke the protocol, or the link to it broke. Names the fault and the step; never a secret.</summary>
public sealed class ProtocolException : Exception
{
    public ProtocolException(PeerFault fault, string step, string message, Exception? inner = null)
        : base($"{step}: {message}", inner)
    {
        Fault = fault;
        Step = step;
    }

    /// <summary>The named fault.</summary>
    public PeerFault Fault { get; }

    /// <summary>Where in the protocol it was noticed.</summary>
    public string Step { get; }
}
