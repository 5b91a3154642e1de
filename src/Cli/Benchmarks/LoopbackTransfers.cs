using System.Collections.Immutable;
using System.Diagnostics;
using Blindsight.Mpc.Channels;
using Blindsight.Transport;
using Blindsight.Transport.Emulation;
using Blindsight.Transport.Tcp;

namespace Blindsight.Cli.Benchmarks;

/// <summary>
/// Silent correlated transfer from one end to the other over TCP on this machine, for the total of a large network: every repetition opens
/// new connections and pays for the bootstrap and the small first iterations. One thread an end; first the transfers that
/// the connecting end sends, then those that the accepting end sends, then both at once over a connection each.
/// </summary>
internal sealed class LoopbackTransfers : IRepetitions
{
    private const int Chunks = (int)(TransferKernels.ExpectedTransfers / TransferDirection.ChunkTransfers), ConnectMs = 5000;

    public static ImmutableArray<Metric> Metrics { get; } =
    [
        new Metric("silent transfer over loopback, connecting end sends", "M transfers/s"),
        new Metric("silent transfer over loopback, accepting end sends", "M transfers/s"),
        new Metric("silent transfer over loopback, each of both at once", "M transfers/s"),
    ];

    public LoopbackTransfers() => Rate(connectingSends: true, acceptingSends: true);

    public ImmutableArray<double> Next() => [Rate(true, false), Rate(false, true), Rate(true, true)];

    public void Dispose() { }

    /// <summary>Millions a second in each direction that runs.</summary>
    private static double Rate(bool connectingSends, bool acceptingSends)
    {
        using TcpChannelListener listener = TcpTransport.Listen("127.0.0.1:0", ConnectionSecurity.Insecure);
        List<IDisposable> resources = [];
        List<Action> work = [];
        List<TransferDirection> directions = [];
        Add(connectingSends, (connecting, accepting) => new TransferDirection(connecting, accepting, "connecting"));
        Add(acceptingSends, (connecting, accepting) => new TransferDirection(accepting, connecting, "accepting"));
        long start = Stopwatch.GetTimestamp();
        Together(work);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (TransferDirection direction in directions) direction.RequireCorrelation();
        foreach (IDisposable resource in resources) resource.Dispose();
        return 1e-6 * Chunks * TransferDirection.ChunkTransfers / seconds;

        void Add(bool runs, Func<IChannel, IChannel, TransferDirection> create)
        {
            if (!runs) return;
            FramedChannel connecting = TcpTransport.Connect(listener.EndPoint.ToString(), ConnectionSecurity.Insecure, LinkProfile.None, ConnectMs);
            FramedChannel accepting = listener.Accept(LinkProfile.None, ConnectMs);
            TransferDirection direction = create(connecting, accepting);
            directions.Add(direction);
            resources.AddRange([direction, connecting, accepting]);
            work.AddRange([() => direction.Send(Chunks), () => direction.Receive(Chunks)]);
        }
    }

    /// <summary>Runs each on a thread of its own until all have ended.</summary>
    private static void Together(IEnumerable<Action> work) =>
        Task.WaitAll([.. work.Select(one => Task.Factory.StartNew(one, TaskCreationOptions.LongRunning))]);
}
