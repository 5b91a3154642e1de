using System.Net.Sockets;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;

namespace Blindsight.Hosting.Rooms;

/// <summary>The host's end of a connection to the enclave's socket. Thread-safe: one request at a time.</summary>
internal sealed class RoomConnection : IDisposable
{
    private readonly NetworkStream _stream;
    private readonly Lock _gate = new();

    /// <exception cref="ParameterException">Nobody listens there.</exception>
    public RoomConnection(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            throw new ParameterException($"no enclave answers at '{path}' ({fault.SocketErrorCode}); 'blindsight enclave' starts one");
        }
        _stream = new(socket, ownsSocket: true);
    }

    /// <summary>One request and its answer.</summary>
    /// <exception cref="RoomException">The enclave refused, by its name.</exception>
    /// <exception cref="IOException">The enclave is gone.</exception>
    public byte[] Ask(RoomRequest request, ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            RoomFrames.Write(_stream, (byte)request, payload);
            (byte fault, byte[] answer) = RoomFrames.Read(_stream, _ => RoomFrames.AnswerBytesMax) ?? throw new IOException("the enclave is gone");
            return fault == (byte)RoomFault.None ? answer : throw new RoomException((RoomFault)fault, Encoding.UTF8.GetString(answer));
        }
    }

    public void Dispose() => _stream.Dispose();
}
