using System.Collections.Immutable;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;
using Blindsight.Inference.Protocols.Nonlinear.Garbled;
using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Times the non-linear protocols, each party alone, without the transfers that they consume.</summary>
internal static class NonlinearTimes
{
    private const int Few = 256, RunsOfMany = 4, Many = RunsOfMany * Chunks.Elements;
    private const int RingBits = 16;

    private static readonly ImmutableArray<int> ComparedBits = [4, 8, 12, 16, 20], NumberBits = [2, 8, 16, 24, 31];

    public static void Comparisons(IDictionary<Work, WorkCost> costs)
    {
        foreach ((Role role, int thresholds, Work pads, Work choices, Work leaves) in ((Role, int, Work, Work, Work)[])
            [
                (Role.Server, 1, Work.LeafPadsSent, Work.LeafChoicesReceived, Work.LeavesSent),
                (Role.Client, 1, Work.LeafPadsReceived, Work.LeafChoicesSent, Work.LeavesReceived),
                (Role.Server, 2, Work.LeafPairPadsSent, Work.LeafChoicesReceived, Work.LeafPairsSent),
                (Role.Client, 2, Work.LeafPairPadsReceived, Work.LeafChoicesSent, Work.LeafPairsReceived),
            ])
        {
            using Party party = Timing.Alone(role);
            ImmutableArray<int> bounds = thresholds == 1 ? [0] : [0, 6];
            Comparison Of(int bits, int n) => new(n, bits + 1, bounds);
            costs[pads] = ByWidth(ComparedBits, (bits, n) =>
            {
                Comparison comparison = Of(bits, n);
                return Timing.Of(() => comparison.Prepare(party));
            });
            costs[choices] = ByWidth(ComparedBits, (bits, n) =>
            {
                Comparison comparison = Of(bits, n);
                return Timing.Of(() => comparison.Prepare(party), made => comparison.FixChoices(party, made, new uint[n]));
            });
            costs[leaves] = ByWidth(ComparedBits, (bits, n) =>
            {
                Comparison comparison = Of(bits, n);
                ulong[] result = new ulong[thresholds * comparison.Words];
                return Timing.Of(() => Fixed(comparison, party), made => comparison.Run(party, made, new uint[n], result));
            });
        }
    }

    public static void Transfers(IDictionary<Work, WorkCost> costs)
    {
        using Party server = Timing.Alone(Role.Server), client = Timing.Alone(Role.Client);
        costs[Work.PadsSent] = ByWidth(NumberBits, (bits, n) => Timing.Of(() => new AdditiveTransfer(n, bits, Role.Server).Prepare(server)));
        costs[Work.PadsReceived] = ByWidth(NumberBits, (bits, n) => Timing.Of(() => new AdditiveTransfer(n, bits, Role.Server).Prepare(client)));
        costs[Work.CorrectionsSent] = ByWidth(NumberBits, (bits, n) => Corrections(server, bits, n));
        costs[Work.CorrectionsReceived] = ByWidth(NumberBits, (bits, n) => Corrections(client, bits, n));
    }

    public static void Garbling(IDictionary<Work, WorkCost> costs)
    {
        using Party server = Timing.Alone(Role.Server), client = Timing.Alone(Role.Client);
        const int Instances = 4096;
        GarbledFunction small = Of(null), large = Of(1000);
        double labels = Instances * RingBits;
        double[][] shape = [.. ((int?[])[null, 1000]).Select(high => new[] { Instances * (double)Circuit(high, false).Circuit.Ands, labels })];

        (double garbled, double offered) = Split(function => Timing.Of(() => function.Prepare(server, [])));
        costs[Work.Garbled] = WorkCost.Of(0, garbled);
        costs[Work.LabelsOffered] = WorkCost.Of(0, offered);
        uint[] share = new uint[Instances], output = new uint[Instances];
        costs[Work.LabelsChosen] = WorkCost.Of(0, Timing.Of(() => small.Prepare(client, share)) / labels);
        costs[Work.LabelsSent] = WorkCost.Of(0, Timing.Of(() => small.Prepare(server, []), made => small.Run(server, made, share, output)) / labels);
        (double evaluated, double received) = Split(
            function => Timing.Of(() => function.Prepare(client, share), made => function.Run(client, made, share, output)));
        costs[Work.Evaluated] = WorkCost.Of(0, evaluated);
        costs[Work.LabelsReceived] = WorkCost.Of(0, received);

        GarbledFunction Of(int? high) => new(needs => Circuit(high, needs), Instances, knownOffline: true);
        (double And, double Label) Split(Func<GarbledFunction, double> time)
        {
            double[] solved = LeastSquares.Solve(shape, [time(small), time(large)]);
            return (solved[0], solved[1]);
        }
    }

    /// <summary>What a clamp, an extension and a tournament do besides the protocols that they consist of.</summary>
    public static void Passes(IDictionary<Work, WorkCost> costs)
    {
        MachineCosts known = new("", true, costs.ToImmutableSortedDictionary());
        double ns = 0;
        foreach (Role role in (Role[])[Role.Server, Role.Client])
        {
            using Party party = Timing.Alone(role);
            Clamp clamp = new(Many, RingBits, 0, null);
            uint[] share = new uint[Many], result = new uint[Many];
            double whole = Timing.Of(() =>
            {
                Clamp.Correlation made = clamp.Prepare(party);
                clamp.FixChoices(party, made, share);
                return made;
            }, made => clamp.Run(party, made, share, result));
            WorkSum parts = new(known, role);
            clamp.Run(parts);
            ns += Math.Max(0, whole - parts.NsWithout(Work.Element)) / parts.UnitsOf(Work.Element) / 2;
        }
        costs[Work.Element] = WorkCost.Of(0, ns);
    }

    private static SharedFunction Circuit(int? high, bool corrected) => SharedFunction.Clamp(RingBits, negativePart: false, high, corrected);

    private static ComparisonCorrelation Fixed(Comparison comparison, Party party)
    {
        ComparisonCorrelation made = comparison.Prepare(party);
        made.ChoicesFixed = true;
        return made;
    }

    private static double Corrections(Party party, int bits, int n)
    {
        AdditiveTransfer transfer = new(n, bits, Role.Server);
        uint[] numbers = new uint[n];
        return Timing.Of(() => transfer.Prepare(party), made =>
        {
            for (int from = 0; from < n; from += Chunks.Elements)
            {
                Span<uint> some = numbers.AsSpan(from, Chunks.At(from, n));
                if (party.IsServer) transfer.SendCorrections(party, made, from, some, some);
                else transfer.ReceiveCorrections(party, made, from, some);
            }
        });
    }

    private static WorkCost ByWidth(ImmutableArray<int> widths, Func<int, int, double> time) => ByWidth(widths, RunsOfMany, Few, Many, time);

    /// <summary>A cost from times of few and of many elements.</summary>
    /// <param name="callsOfMany">Calls that many elements stand for.</param>
    public static WorkCost ByWidth(ImmutableArray<int> widths, int callsOfMany, int few, int many, Func<int, int, double> time)
    {
        List<WidthCost> units = [];
        double call = 0;
        foreach (int width in widths)
        {
            (double one, double unit) = Timing.Line(n => time(width, n), few, many, callsOfMany);
            units.Add(new WidthCost(width, unit));
            call += one / widths.Length;
        }
        return new WorkCost(call, [.. units]);
    }
}
