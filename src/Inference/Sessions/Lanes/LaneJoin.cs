using System.Security.Cryptography;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions.Lanes;

/// <summary>
/// How a further connection joins a session: its first message is the session's token and the lane's number, and the server answers
/// with a byte. Whoever has not seen the handshake cannot guess the token; on a connection that others can read it proves nothing.
/// </summary>
internal static class LaneJoin
{
    /// <summary>Lanes of a session that has any: number 0 carries what the server sends, 1 what the client sends.</summary>
    public const int Lanes = 2;

    private const int TokenBytes = 32, JoinBytes = TokenBytes + 1;
    private const string Step = "joining a session";

    /// <summary>What a session's lanes show, a function of its handshake.</summary>
    public static byte[] Token(ReadOnlySpan<byte> binding) => SHA256.HashData([.. "blindsight lanes"u8, .. binding]);

    /// <summary>The client's message.</summary>
    public static void Send(IChannel channel, ReadOnlySpan<byte> token, int lane)
    {
        channel.Send(MessageTag.LaneJoin, [.. token, (byte)lane]);
        channel.Flush();
    }

    /// <summary>The server's end of <see cref="Send"/>.</summary>
    public static (byte[] Token, int Lane) Receive(IChannel channel)
    {
        byte[] message = new byte[JoinBytes];
        channel.Receive(MessageTag.LaneJoin, message);
        return (message[..TokenBytes], message[TokenBytes]);
    }

    /// <summary>The server's answer.</summary>
    public static void Answer(IChannel channel, LaneAnswer answer)
    {
        channel.Send(MessageTag.LaneAnswer, [(byte)answer]);
        channel.Flush();
    }

    /// <summary>The client's end of <see cref="Answer"/>.</summary>
    /// <exception cref="ProtocolException">The lane was refused.</exception>
    public static void ReceiveAnswer(IChannel channel)
    {
        Span<byte> message = stackalloc byte[1];
        channel.Receive(MessageTag.LaneAnswer, message);
        if (message[0] != (byte)LaneAnswer.Joined)
            throw new ProtocolException(PeerFault.RefusedByPeer, Step, $"the server refused: {Reason((LaneAnswer)message[0])}");
    }

    /// <summary>The server's own exception for a refusal.</summary>
    public static ProtocolException Refusal(LaneAnswer answer) => new(PeerFault.UnexpectedMessage, Step, Reason(answer));

    /// <summary>The server's own exception where the message does not come.</summary>
    public static ProtocolException TooSlow(int timeoutMs) => new(PeerFault.TimedOut, Step, $"the message did not come within {timeoutMs} ms");

    private static string Reason(LaneAnswer answer) => answer switch
    {
        LaneAnswer.UnknownToken => "no session waits for this token",
        LaneAnswer.NoSuchLane => "the session has no lane of this number",
        LaneAnswer.Taken => "the session has this lane already",
        _ => "for no known reason",
    };
}

/// <summary>What becomes of a connection that wants to join.</summary>
internal enum LaneAnswer : byte
{
    Joined = 0,
    UnknownToken = 1,
    NoSuchLane = 2,
    Taken = 3,
}
