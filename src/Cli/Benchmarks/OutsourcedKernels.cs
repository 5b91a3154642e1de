using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;

namespace Blindsight.Cli.Benchmarks;

/// <summary>
/// A million ReLUs of 16 bits between two servers and a dealer, three threads over links in memory, results in 32 bits (16 for the prefix adder, and an
/// extension). Sharing the input and joining the output count.
/// </summary>
internal static class OutsourcedKernels
{
    private const int Channels = 64, Size = 128;
    private const string Unit = "us/element";

    public static IEnumerable<Kernel> All => ComparisonKinds.Of(DeploymentKinds.TwoServers).Select(comparison => new Kernel(
        [
            new Metric($"two servers, relu by {comparison}, dealt", Unit), new Metric($"two servers, relu by {comparison}, prepared", Unit),
            new Metric($"two servers, relu by {comparison}, online", Unit),
        ],
        InstructionPaths.Aes, () => new Queries(comparison)));

    private sealed class Queries : IRepetitions
    {
        private readonly TwoServersTrial _trial;
        private readonly FloatTensor _input;

        public Queries(string comparison)
        {
            _trial = new TwoServersTrial(TwoServersTrial.Outsourced(ReluSessions.Network(ComparisonKinds.Transfers, Size), comparison));
            Random random = new(1);
            _input = new FloatTensor([1, Channels, Size, Size],
                [.. Enumerable.Range(0, Channels * Size * Size).Select(_ => 2 * random.NextSingle() - 1)]);
            Next();
        }

        public ImmutableArray<double> Next()
        {
            TwoServersReport report = _trial.Run([_input]);
            for (int i = 0; i < _input.Data.Length; i++)
                if (Math.Abs(report.Outputs[0].Data[i] - Math.Max(_input.Data[i], 0)) > ReluSessions.Resolution)
                    throw new InvalidOperationException($"Activation {i} is wrong.");
            return [.. new[] { report.DealSeconds, report.PrepareSeconds, report.OnlineSeconds }.Select(seconds => 1e6 * seconds / _input.Data.Length)];
        }

        public void Dispose() => _trial.Dispose();
    }
}
