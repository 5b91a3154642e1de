using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Protocols;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Times the work of two servers and a dealer, each alone, the second server's standing for both.</summary>
internal static class OutsourcedTimes
{
    private const int Few = 256, Many = 32 * 1024;

    private static readonly ImmutableArray<int> Widths = [12, 16, 24], AdderWidths = [16, 32];

    public static void Products(IDictionary<Work, WorkCost> costs)
    {
        ConvolutionGeometry[] layers = [LinearTimes.Square(64, 64, 16, 3), LinearTimes.Square(32, 32, 8, 3), ConvolutionGeometry.Dense(1024, 256)];
        costs[Work.SharedProduct] = WorkCost.Of(0, layers.Sum(Convolve) / layers.Sum(layer => (double)layer.Macs));
    }

    public static void Selections(IDictionary<Work, WorkCost> costs)
    {
        foreach ((ComparisonMethod method, Work selected, Work taken, Work dealt) in ((ComparisonMethod, Work, Work, Work)[])
            [
                (ComparisonMethod.Tables, Work.SelectedByTables, Work.TablesTaken, Work.TablesDealt),
                (ComparisonMethod.Functions, Work.SelectedByFunctions, Work.FunctionsTaken, Work.FunctionsDealt),
                (ComparisonMethod.Prefix, Work.SelectedByAdder, Work.AddersTaken, Work.AddersDealt),
            ])
        {
            bool adder = method == ComparisonMethod.Prefix;
            SelectionShape Shape(int bits, int n) => new(method, n, bits, adder ? bits : 32, 1, 0, HasPayload: false);
            ImmutableArray<int> widths = adder ? AdderWidths : Widths;
            costs[dealt] = NonlinearTimes.ByWidth(widths, 1, Few, Many, (bits, n) =>
            {
                SelectionShape shape = Shape(bits, n);
                return Timing.Of(() => new Recording(), recording => recording.Deal(shape));
            });
            costs[taken] = NonlinearTimes.ByWidth(widths, 1, Few, Many, (bits, n) =>
            {
                SelectionShape shape = Shape(bits, n);
                Recording recording = new();
                recording.Deal(shape);
                return Timing.Of(recording.Source, source => source.Take(shape).Consume().Functions?.Keys.Dispose());
            });
            ServerParty party = new(false, new SilentPeer());
            costs[selected] = NonlinearTimes.ByWidth(widths, 1, Few, Many, (bits, n) =>
            {
                SelectionShape shape = Shape(bits, n);
                Recording recording = new();
                recording.Deal(shape);
                uint[] x = new uint[n], result = new uint[n];
                return Timing.Of(() => new Ready(recording.Source(), shape),
                    ready => Selection.Run(party, shape, ready.Correlation, x, [0], [], [result], []));
            });
        }
    }

    private static double Convolve(ConvolutionGeometry g)
    {
        uint[] input = new uint[g.InChannels * g.InHeight * g.InWidth], output = new uint[g.OutElements], weights = new uint[g.WeightElements];
        return Timing.Of(() => RingConvolution.Convolve(g, input, weights, output));
    }

    /// <summary>What a server has of a query before its input; comparison functions need the source until they are evaluated.</summary>
    private sealed class Ready(DealtSource source, SelectionShape shape) : IDisposable
    {
        public Correlation<SelectionShares> Correlation { get; } = source.Take(shape);

        public void Dispose() => source.Dispose();
    }

    /// <summary>Keeps what a dealer sends to the second server, and gives it out as often as one asks: for measuring only.</summary>
    private sealed class Recording : IChannel
    {
        private readonly List<byte[]> _messages = [];

        public ChannelCounters Counters => default;

        public void Deal(SelectionShape shape)
        {
            using Prg prg = Timing.Randomness();
            using QuerySeeds seeds = QuerySeeds.Draw(prg, 1);
            new Dealer(null!, [shape], null!).Deal(seeds, new SilentPeer(), this);
        }

        public DealtSource Source() => new(new Playback(_messages), isFirst: false);

        public void Send(ushort tag, ReadOnlySpan<byte> payload) => _messages.Add(payload.ToArray());

        public void Receive(ushort tag, Span<byte> destination) => throw new InvalidOperationException("A dealer receives nothing.");

        public byte[] ReceiveUpTo(ushort tag, int maximumBytes) => throw new InvalidOperationException("A dealer receives nothing.");

        public void Flush() { }

        public void Abort() { }

        public void Dispose() { }
    }

    private sealed class Playback(List<byte[]> messages) : IDealtMessages
    {
        private int _next;

        public void Receive(ushort tag, Span<byte> destination) => messages[_next++].CopyTo(destination);

        public void Dispose() { }
    }
}
