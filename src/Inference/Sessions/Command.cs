using System.Buffers.Binary;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Sessions;

/// <summary>What the client asks of the server next.</summary>
internal enum CommandKind : byte
{
    /// <summary>Make material for one batch.</summary>
    Prepare = 1,
    /// <summary>Run one batch with the oldest material of its size.</summary>
    Infer = 2,
    /// <summary>End the session.</summary>
    Close = 3,
}

/// <summary>A command and the rows of its batch.</summary>
internal readonly record struct Command(CommandKind Kind, int Rows)
{
    private const int Bytes = 5;

    public void Send(IChannel channel)
    {
        Span<byte> message = stackalloc byte[Bytes];
        message[0] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(message[1..], Rows);
        channel.Send(MessageTag.Command, message);
    }

    /// <summary>A command of either kind.</summary>
    public static void Run(Script script) => script.Message(Role.Client, Bytes);

    public static Command Receive(IChannel channel, int maximumRows)
    {
        Span<byte> message = stackalloc byte[Bytes];
        channel.Receive(MessageTag.Command, message);
        Command command = new((CommandKind)message[0], BinaryPrimitives.ReadInt32LittleEndian(message[1..]));
        if (command.Kind is < CommandKind.Prepare or > CommandKind.Close)
            throw new ProtocolException(PeerFault.MalformedMessage, "command", $"kind {message[0]} is unknown");
        if (command.Kind != CommandKind.Close && (command.Rows < 1 || command.Rows > maximumRows))
            throw new ProtocolException(PeerFault.LimitExceeded, "command", $"{command.Rows} rows; this server takes 1 to {maximumRows}");
        return command;
    }
}
