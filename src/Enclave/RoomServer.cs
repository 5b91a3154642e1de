using System.Net.Sockets;
using Blindsight.Enclave.Sealing;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave;

/// <summary>
/// The enclave's only door: a Unix domain socket on which the host asks. Each connection has a thread, and one request at a time. A frame that is none ends
/// its connection; a request that is refused gets the refusal's name and does not.
/// </summary>
public sealed class RoomServer : IDisposable
{
    private const int ConnectionsMax = 64, Backlog = 16, PollMs = 50;

    private readonly Room _room;
    private readonly Socket _socket;
    private readonly string _path;
    private int _connections;

    /// <param name="path">Of the socket: at most some 100 characters. Its folder must be one that strangers cannot enter.</param>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public RoomServer(Room room, string path)
    {
        (_room, _path) = (room, path);
        SealedFolder.CreateFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.Delete(path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _socket.Listen(Backlog);
    }

    /// <summary>Serves until cancelled.</summary>
    public void Run(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            if (!_socket.Poll(PollMs * 1000, SelectMode.SelectRead)) continue;
            Socket connection = _socket.Accept();
            if (Interlocked.Increment(ref _connections) > ConnectionsMax)
            {
                Interlocked.Decrement(ref _connections);
                connection.Dispose();
                _room.Counters.Refused(RoomFault.TooMany);
                continue;
            }
            new Thread(() =>
            {
                try
                {
                    using NetworkStream stream = new(connection, ownsSocket: true);
                    Serve(stream);
                }
                finally
                {
                    Interlocked.Decrement(ref _connections);
                }
            }) { IsBackground = true, Name = "host" }.Start();
        }
    }

    /// <summary>Answers one connection's requests until it ends or sends what is no frame.</summary>
    internal void Serve(Stream stream)
    {
        try
        {
            while (RoomFrames.Read(stream, _room.PayloadBytesMax) is { } request)
            {
                _room.Counters.Came(request.Payload.Length);
                (RoomFault fault, byte[] answer) = _room.Answer((RoomRequest)request.Kind, request.Payload);
                _room.Counters.Left(answer.Length);
                RoomFrames.Write(stream, (byte)fault, answer);
            }
        }
        catch (RoomException refused)
        {
            _room.Counters.Refused(refused.Fault);
        }
        catch (IOException)
        {
            // The host is gone in the middle of a frame.
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(_path);
    }
}
