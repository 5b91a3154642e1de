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
    /// <summary>The peer shows no certificate.</summary>
    NoCertificate,
    /// <summary>The peer's certificate is of another authority.</summary>
    UnknownAuthority,
    /// <summary>The peer's certificate is not valid yet, or no longer.</summary>
    ExpiredCertificate,
    /// <summary>The peer's certificate is not made for what the peer does with it.</summary>
    WrongCertificate,
    /// <summary>The peer's certificate is genuine, and somebody else's.</summary>
    WrongName,
    /// <summary>The peer does not speak TLS 1.3, or not to the end of a handshake.</summary>
    HandshakeFailed,
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
