using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Rooms.Owners;

/// <summary>An owner's connection to the untrusted host. Nothing that the host must not read goes through it but in records.</summary>
public sealed class HostLine : IDisposable
{
    /// <summary>The longest list of models, or report.</summary>
    private const int TextBytesMax = 1 << 20, ConnectTimeoutMs = 10_000;

    /// <summary>The longest query of a network, and the longest preparation of a model's weights, send nothing meanwhile.</summary>
    private static readonly ChannelOptions Options = ChannelOptions.Default with { TimeoutMs = 600_000 };

    private readonly FramedChannel _channel;

    private HostLine(FramedChannel channel) => _channel = channel;

    /// <summary>Bytes to and from the host, so far.</summary>
    public ChannelCounters Counters => _channel.Counters;

    /// <param name="address">HOST:PORT; of this machine where nothing protects it.</param>
    /// <exception cref="ProtocolException">Nobody answers there, or no such host.</exception>
    public static HostLine Open(string address, ConnectionSecurity security, LinkProfile link, CancellationToken cancellation)
    {
        FramedChannel channel = TcpTransport.Connect(address, security, link, ConnectTimeoutMs, Options, cancellation: cancellation);
        channel.Send(RoomTag.Hello, RoomTag.Magic);
        return new(channel);
    }

    /// <summary>The models that the host has programs for.</summary>
    public (RoomId Id, string Name)[] Models()
    {
        WireReader reader = new(Ask(RoomTag.Models, [], TextBytesMax), "the host's models");
        (RoomId, string)[] models = new (RoomId, string)[reader.Counted(1 << 16, RoomId.Bytes + sizeof(int))];
        for (int i = 0; i < models.Length; i++) models[i] = (RoomId.Read(ref reader), reader.Text(TextBytesMax));
        reader.End();
        return models;
    }

    /// <summary>Hands a model's program to the host: geometry, and the weights where they are public.</summary>
    public void SendProgram(RoomId model, ReadOnlySpan<byte> program) => Ask(RoomTag.Program, [.. model.ToBytes(), .. program], 0);

    /// <summary>The enclave's counters, as JSON. The host could change them.</summary>
    public byte[] Report() => Ask(RoomTag.Report, [], TextBytesMax);

    /// <summary>Waits until the host is done with a query.</summary>
    /// <param name="progress">Told the step, of how many, and its name.</param>
    /// <exception cref="RoomException">It failed; the fault is the host's word.</exception>
    public void Follow(RoomId query, Action<int, int, string> progress)
    {
        _channel.Send(RoomTag.Follow, query.ToBytes());
        while (true)
        {
            if (_channel.PeekTag(Options.TimeoutMs) != RoomTag.Progress)
            {
                Answer(RoomTag.Done, 0);
                return;
            }
            WireReader reader = new(_channel.ReceiveUpTo(RoomTag.Progress, TextBytesMax), "progress");
            int step = reader.Int32(0, int.MaxValue), steps = reader.Int32(0, int.MaxValue);
            progress(step, steps, reader.Text(TextBytesMax));
        }
    }

    /// <summary>One message and its answer.</summary>
    /// <exception cref="RoomException">Host or enclave refused.</exception>
    internal byte[] Ask(ushort tag, ReadOnlySpan<byte> payload, int answerBytesMax)
    {
        _channel.Send(tag, payload);
        return Answer(tag, answerBytesMax);
    }

    /// <summary>Breaks the connection: whoever waits on it fails. From any thread.</summary>
    public void Abort() => _channel.Abort();

    public void Dispose() => _channel.Dispose();

    private byte[] Answer(ushort tag, int bytesMax)
    {
        _channel.Flush();
        if (_channel.PeekTag(Options.TimeoutMs) != RoomTag.Refused) return _channel.ReceiveUpTo(tag, bytesMax);
        byte[] refused = _channel.ReceiveUpTo(RoomTag.Refused, TextBytesMax);
        RoomFault fault = refused.Length > 0 && Enum.IsDefined((RoomFault)refused[0]) ? (RoomFault)refused[0] : RoomFault.Malformed;
        throw new RoomException(fault, Encoding.UTF8.GetString(refused.AsSpan(Math.Min(1, refused.Length))));
    }
}
