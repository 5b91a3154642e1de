using System.Text.Json;
using Blindsight.Cli.Parties;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Deployments.TwoServers;

namespace Blindsight.Cli.Reports;

/// <summary>
/// The figures of a run between two servers as 'run --json' writes them; what a client-server run has too has the same name. Bytes are payload, by pair and
/// direction; names become snake_case.
/// </summary>
/// <param name="Layers">A query's, online, as the protocols state them.</param>
/// <param name="Offline">Dealt and prepared: before an input is there.</param>
/// <param name="Setup">Once a model: its shares, and the opening of masked weights or, without a dealer, the exchange of keys.</param>
/// <param name="Transfer">What client and servers exchanged.</param>
internal sealed record OutsourcedReport(
    int SchemaVersion, string Model, string Deployment, string Comparison, string Link, int Threads, int Rows, float[][] Outputs, int[] Top1,
    int[] ReferenceTop1, ReferenceAgreement Reference, OutsourcedReport.Layer[] Layers, OutsourcedReport.Phase Setup, OutsourcedReport.Phase Dealt,
    OutsourcedReport.Phase Prepared, OutsourcedReport.Phase Offline, OutsourcedReport.Phase Online, OutsourcedReport.Phase Transfer,
    OutsourcedReport.Times Order, double WarmupSeconds, OutsourcedReport.Party[] Parties)
{
    public static OutsourcedReport Of(OutsourcedResult result, InferencePlan plan, string link, int[] referenceTop1, ReferenceAgreement reference)
    {
        Answered[] first = [.. result.First.Events.OfType<Answered>().OrderBy(answered => answered.Correlation)];
        Answered[] second = [.. result.Second.Events.OfType<Answered>().OrderBy(answered => answered.Correlation)];
        HashSet<ulong> used = [.. first.Select(answered => answered.Correlation)];
        Dealt[] dealt = [.. result.Dealer?.Events.OfType<Dealt>().Where(one => used.Contains(one.Number)) ?? []];
        (double Seconds, long Bytes, long Rounds)[] opened = [.. Opened(result.First)], openedSecond = [.. Opened(result.Second)];
        Split split = result.Owner.Only<Split>();
        Uploaded uploaded = result.Submitter.Only<Uploaded>();
        Collected collected = result.Collector.Only<Collected>();
        Predicted[] predictions = result.Predictions;
        double Longer(Func<Answered, double> seconds) => first.Zip(second, (one, other) => Math.Max(seconds(one), seconds(other))).Sum();

        Phase dealing = new(dealt.Sum(one => one.Seconds), 0,
            result.Dealer is null ? [] : Bytes(("dealer_to_a", dealt.Sum(one => one.FirstBytes)), ("dealer_to_b", dealt.Sum(one => one.SecondBytes))));
        Phase preparing = new(Longer(answered => answered.PrepareSeconds), first.Sum(answered => answered.PrepareRounds),
            Bytes(("a_to_b", first.Sum(answered => answered.PrepareSent)), ("b_to_a", first.Sum(answered => answered.PrepareReceived))));
        return new OutsourcedReport(1, plan.Model, plan.Deployment, plan.Comparison, link, 1, predictions.Length,
            [.. predictions.Select(prediction => prediction.Outputs)], [.. predictions.Select(prediction => prediction.Top1)], referenceTop1, reference,
            [.. StatedCosts.Of(plan).Select(layer => new Layer(layer.Name, layer.Kind, layer.Bytes, layer.Rounds, layer.DealtFirst, layer.DealtSecond))],
            new Phase(opened.Sum(one => one.Seconds), opened.Sum(one => one.Rounds), Bytes(("owner_to_a", split.FirstBytes), ("owner_to_b", split.SecondBytes),
                ("a_to_b", opened.Sum(one => one.Bytes)), ("b_to_a", openedSecond.Sum(one => one.Bytes)))),
            dealing, preparing, new Phase(dealing.Seconds + preparing.Seconds, preparing.Rounds, Bytes([.. Pairs(dealing), .. Pairs(preparing)])),
            new Phase(Longer(answered => answered.OnlineSeconds), first.Sum(answered => answered.Rounds),
                Bytes(("a_to_b", first.Sum(answered => answered.OnlineSent)), ("b_to_a", first.Sum(answered => answered.OnlineReceived)))),
            new Phase(uploaded.Seconds + collected.Seconds, 0, Bytes(("client_to_a", uploaded.ToFirst), ("client_to_b", uploaded.ToSecond),
                ("a_to_client", collected.FromFirst), ("b_to_client", collected.FromSecond))),
            new Times(result.Owner.EndedAt, result.Submitter.EndedAt, result.Started),
            Math.Max(result.First.Only<Ended>().WarmupSeconds, result.Second.Only<Ended>().WarmupSeconds),
            [.. new[] { ("owner", result.Owner), ("dealer", result.Dealer), ("a", result.First), ("b", result.Second), ("client", result.Collector) }
                .Where(entry => entry.Item2 is not null).Select(entry => Party.Of(entry.Item1, entry.Item2!.Only<Ended>()))]);
    }

    /// <summary>What a server did with the other once a model or link.</summary>
    private static IEnumerable<(double Seconds, long Bytes, long Rounds)> Opened(RoleRun server) =>
        server.Events.OfType<WeightsOpened>().Select(one => (one.Seconds, one.Bytes, 1L))
            .Concat(server.Events.OfType<KeysExchanged>().Select(one => (one.Seconds, one.Bytes, one.Rounds)));

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonReports.Format);

    private static Dictionary<string, long> Bytes(params (string Pair, long Bytes)[] pairs) => pairs.ToDictionary(pair => pair.Pair, pair => pair.Bytes);

    private static IEnumerable<(string, long)> Pairs(Phase phase) => phase.Bytes.Select(pair => (pair.Key, pair.Value));

    /// <param name="DealtFirst">From the dealer to a.</param>
    internal sealed record Layer(string Name, string Kind, long Bytes, int Rounds, long DealtFirst, long DealtSecond);

    internal sealed record Phase(double Seconds, long Rounds, Dictionary<string, long> Bytes);

    /// <summary>That the servers began when owner and client had ended.</summary>
    internal sealed record Times(DateTimeOffset OwnerEnded, DateTimeOffset ClientEnded, DateTimeOffset FirstQueryStarted);

    /// <param name="WorkCpuSeconds">Without what it took to start.</param>
    internal sealed record Party(string Name, double CpuSeconds, double WorkCpuSeconds, long PeakRssBytes)
    {
        public static Party Of(string name, Ended ended) => new(name, ended.CpuSeconds, ended.WorkCpuSeconds, ended.PeakRssBytes);
    }
}
