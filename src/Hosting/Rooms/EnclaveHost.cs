using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;
using Blindsight.Hosting.Rooms.Host;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Hosting.Rooms;

/// <summary>
/// The untrusted part beside an enclave: it listens to owners, hands their records on to the enclave, and evaluates networks on ciphertexts. It holds programs,
/// evaluation keys and ciphertexts; no key that decrypts.
/// </summary>
public sealed class EnclaveHost : IDisposable
{
    private const int OwnersMax = 32, FollowMs = 5_000, ProgramBytesMax = 1 << 30;

    /// <summary>An owner may be silent for as long as this between two messages.</summary>
    private static readonly ChannelOptions Options = ChannelOptions.Default with { TimeoutMs = 600_000 };

    private readonly TcpChannelListener _listener;
    private readonly HostDesk _desk;
    private readonly string _socket;
    private readonly LinkProfile _link;
    private int _owners;

    /// <param name="socket">The enclave's.</param>
    /// <param name="address">HOST:PORT, for owners; of this machine where nothing protects it.</param>
    /// <param name="folder">For programs.</param>
    /// <param name="link">To emulate on what it sends to owners.</param>
    /// <exception cref="ParameterException">No enclave answers, or the address cannot be listened at.</exception>
    public EnclaveHost(
        string socket, string address, ConnectionSecurity security, string folder, LinkProfile link, int threads, Action<string> complain)
    {
        (_socket, _link, Complain) = (socket, link, complain);
        new RoomConnection(socket).Dispose();
        _desk = new(folder, socket, threads, complain);
        _listener = TcpTransport.Listen(address, security);
    }

    /// <summary>Where it listens.</summary>
    public string Address => _listener.EndPoint.ToString();

    /// <summary>Told of every job.</summary>
    public event Action<HostedRun>? Ran
    {
        add => _desk.Ran += value;
        remove => _desk.Ran -= value;
    }

    /// <summary>Told of connections that came to nothing.</summary>
    private Action<string> Complain { get; }

    /// <summary>Serves until cancelled.</summary>
    /// <exception cref="IOException">The enclave is gone.</exception>
    public void Run(CancellationToken cancellation)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Exception? ended = null;
        Thread worker = new(() =>
        {
            try
            {
                _desk.Run(ending.Token);
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException)
            {
                ended = fault;
                ending.Cancel();
            }
        }) { IsBackground = true, Name = "evaluation" };
        worker.Start();
        try
        {
            Entrance entrance = new(_listener, _link, Options);
            entrance.Refused += (fault, words) => Complain($"{fault}, {words}");
            entrance.Run(visitor => Welcome(visitor.Channel, ending.Token), ending.Token);
        }
        catch (OperationCanceledException)
        {
            worker.Join();
            if (ended is IOException gone) throw new IOException("the enclave is gone", gone);
            throw;
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _desk.Dispose();
    }

    private void Welcome(FramedChannel channel, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _owners) > OwnersMax)
        {
            Interlocked.Decrement(ref _owners);
            channel.Dispose();
            Complain($"{OwnersMax} owners are there already");
            return;
        }
        try
        {
            using (channel)
            using (RoomConnection room = new(_socket))
            using (OwnerSession session = new(channel, room, _desk))
                session.Serve(Options.TimeoutMs, cancellation);
        }
        catch (Exception fault) when (fault is ProtocolException or IOException or ParameterException or OperationCanceledException)
        {
            if (fault is not (OperationCanceledException or ProtocolException { Fault: PeerFault.Disconnected })) Complain(fault.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _owners);
        }
    }

    /// <summary>One owner's connection.</summary>
    private sealed class OwnerSession(FramedChannel channel, RoomConnection room, HostDesk desk) : IDisposable
    {
        private readonly HashSet<RoomId> _uploaded = [];
        private byte[]? _number;

        public void Serve(int timeoutMs, CancellationToken cancellation)
        {
            byte[] magic = new byte[RoomTag.Magic.Length];
            channel.Receive(RoomTag.Hello, magic);
            if (!magic.AsSpan().SequenceEqual(RoomTag.Magic))
                throw new ProtocolException(PeerFault.VersionMismatch, "handshake", "the peer is no owner of this deployment and version");
            while (true)
            {
                ushort tag = channel.PeekTag(timeoutMs);
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    Answer(tag);
                }
                catch (RoomException refused)
                {
                    channel.Send(RoomTag.Refused, [(byte)refused.Fault, .. Encoding.UTF8.GetBytes(refused.Message)]);
                }
                channel.Flush();
            }
        }

        public void Dispose()
        {
            if (_number is null) return;
            try
            {
                room.Ask(RoomRequest.Close, _number);
            }
            catch (Exception gone) when (gone is RoomException or IOException)
            {
                // Closed already, or with the enclave.
            }
        }

        private void Answer(ushort tag)
        {
            switch (tag)
            {
                case RoomTag.Open:
                    byte[] hello = room.Ask(RoomRequest.Open, channel.ReceiveUpTo(tag, 256));
                    _number = hello[..sizeof(ulong)];
                    channel.Send(tag, hello);
                    break;
                case RoomTag.Record:
                    WireReader answer = new(room.Ask(RoomRequest.Record, channel.ReceiveUpTo(tag, sizeof(ulong) + RoomFrames.RecordBytesMax)), "answer");
                    Heed(new(answer.Bytes(256), "notice"));
                    channel.Send(tag, answer.Take(answer.Left));
                    break;
                case RoomTag.Models:
                    channel.Receive(tag, []);
                    (RoomId Id, string Name)[] models = desk.Models;
                    WireWriter list = new WireWriter().Int32(models.Length);
                    foreach ((RoomId id, string name) in models) list.Raw(id.ToBytes()).Text(name);
                    channel.Send(tag, list.ToBytes());
                    break;
                case RoomTag.Program:
                    Program(channel.ReceiveUpTo(tag, ProgramBytesMax));
                    channel.Send(tag, []);
                    break;
                case RoomTag.Follow:
                    byte[] query = new byte[RoomId.Bytes];
                    channel.Receive(tag, query);
                    Follow(desk.Job(RoomId.Of(query)));
                    break;
                case RoomTag.Report:
                    channel.Receive(tag, []);
                    channel.Send(tag, room.Ask(RoomRequest.Report, []));
                    break;
                default:
                    throw new ProtocolException(PeerFault.UnexpectedMessage, "owner", $"a message of tag {tag}");
            }
        }

        private void Heed(WireReader notice)
        {
            switch ((RoomNotice)notice.Byte())
            {
                case RoomNotice.ModelReady:
                    _uploaded.Add(RoomId.Read(ref notice));
                    break;
                case RoomNotice.QueryWaits:
                    RoomId model = RoomId.Read(ref notice), context = RoomId.Read(ref notice), query = RoomId.Read(ref notice);
                    desk.Enqueue(new(query, model, context, notice.Int32(1, int.MaxValue)));
                    break;
                case RoomNotice.ContextEntered:
                    RoomId entered = RoomId.Read(ref notice), own = RoomId.Read(ref notice);
                    desk.Enqueue(new(own, entered, own, images: 0));
                    break;
            }
        }

        /// <summary>Only who has just handed the model to the enclave may say how it is evaluated.</summary>
        private void Program(byte[] message)
        {
            WireReader reader = new(message, "program");
            RoomId id = RoomId.Read(ref reader);
            if (!_uploaded.Remove(id)) throw new RoomException(RoomFault.OutOfOrder, $"this connection has not uploaded the model {id}");
            desk.Add(id, message[RoomId.Bytes..]);
        }

        private void Follow(HostedJob job)
        {
            for (int known = 0; ;)
            {
                (int done, bool ended) = job.Wait(known, FollowMs);
                if (ended) break;
                known = done;
                channel.Send(RoomTag.Progress, new WireWriter().Int32(done).Int32(desk.Steps(job)).Text(desk.StepName(job, done)).ToBytes());
                channel.Flush();
            }
            if (job.Failure is { } failure) throw failure;
            channel.Send(RoomTag.Done, []);
        }
    }
}
