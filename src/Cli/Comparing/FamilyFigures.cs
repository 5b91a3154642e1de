using System.Text.Json;

namespace Blindsight.Cli.Comparing;

/// <summary>What energy is estimated by.</summary>
/// <param name="JoulesPerCpuSecond">Of a busy core, with its share of memory and cooling.</param>
/// <param name="JoulesPerMegabyte">Of 10^6 bytes over the internet, both ends' access networks included.</param>
internal sealed record EnergyFactors(double JoulesPerCpuSecond, double JoulesPerMegabyte)
{
    /// <summary>A server's core at 10 W; 0.01 kWh a gigabyte, what Aslan et al. (2018) find for 2015, halved every two years until 2020.</summary>
    public static EnergyFactors Default { get; } = new(10, 36);
}

/// <summary>What a family costs, an inference unless said.</summary>
/// <param name="OfflineSeconds">Before the input is there: keys, correlations, what is dealt.</param>
/// <param name="OnlineRounds">Messages one after the other.</param>
/// <param name="SetupSeconds">Once a model, where that is told apart.</param>
/// <param name="ClientBytes">To and from the client, offline and online.</param>
/// <param name="ClientStoredBytes">What it gets before the input is there and keeps until then.</param>
/// <param name="ClientCpuSeconds">Of its process once it had started, first uses of code included: more rows take less each.</param>
/// <param name="OthersCpuSeconds">Of all other parties.</param>
/// <param name="Top1Agreement">Rows whose class is the one that floats name for the model itself.</param>
/// <param name="WithinBound">Whether every output is as near to the clear reference as was promised.</param>
internal sealed record FamilyFigures(
    int Rows, double OfflineSeconds, double OnlineSeconds, double TotalSeconds, double OfflineBytes, double OnlineBytes, double OnlineRounds,
    double SetupSeconds, double SetupBytes, double ClientBytes, double ClientStoredBytes, double ClientCpuSeconds, long ClientPeakBytes,
    double OthersCpuSeconds, long OthersPeakBytes, double Joules, int Top1Agreement, bool WithinBound)
{
    private const string Client = "client";

    /// <param name="report">As 'run --json' writes it.</param>
    /// <param name="tops">The classes that floats name.</param>
    public static FamilyFigures Of(JsonElement report, int[] tops, EnergyFactors energy)
    {
        int rows = report.GetProperty("rows").GetInt32();
        Phase offline = Phase.Of(report, "offline"), online = Phase.Of(report, "online"), transfer = Phase.Of(report, "transfer");
        Phase setup = Phase.Of(report, "setup");
        (double Cpu, long Peak) client = default, others = default;
        foreach (JsonElement party in report.GetProperty("parties").EnumerateArray())
        {
            double cpu = party.GetProperty("work_cpu_seconds").GetDouble();
            long peak = party.GetProperty("peak_rss_bytes").GetInt64();
            if (party.GetProperty("name").GetString() == Client) client = (client.Cpu + cpu, Math.Max(client.Peak, peak));
            else others = (others.Cpu + cpu, Math.Max(others.Peak, peak));
        }
        double bytes = offline.Bytes + online.Bytes + transfer.Bytes;
        int agreeing = report.GetProperty("top1").EnumerateArray().Zip(tops, (top, expected) => top.GetInt32() == expected ? 1 : 0).Sum();
        double joules = (client.Cpu + others.Cpu) * energy.JoulesPerCpuSecond + bytes / 1e6 * energy.JoulesPerMegabyte;
        return new FamilyFigures(rows, offline.Seconds / rows, online.Seconds / rows, (offline.Seconds + online.Seconds) / rows, offline.Bytes / rows,
            (online.Bytes + transfer.Bytes) / rows, online.Rounds / rows, setup.Seconds, setup.Bytes,
            (offline.OfClient + online.OfClient + transfer.OfClient) / rows, offline.ToClient / rows, client.Cpu / rows, client.Peak, others.Cpu / rows,
            others.Peak, joules / rows, agreeing, report.GetProperty("reference").GetProperty("within").GetBoolean());
    }

    /// <param name="OfClient">Of the bytes, those to and from the client.</param>
    private readonly record struct Phase(double Seconds, double Rounds, double Bytes, double OfClient, double ToClient)
    {
        public static Phase Of(JsonElement report, string name)
        {
            if (!report.TryGetProperty(name, out JsonElement phase)) return default;
            (string Pair, double Bytes)[] pairs =
                [.. phase.GetProperty("bytes").EnumerateObject().Select(pair => (pair.Name, pair.Value.GetDouble()))];
            return new(phase.GetProperty("seconds").GetDouble(), phase.GetProperty("rounds").GetDouble(), pairs.Sum(pair => pair.Bytes),
                pairs.Where(pair => pair.Pair.Contains(Client, StringComparison.Ordinal)).Sum(pair => pair.Bytes),
                pairs.Where(pair => pair.Pair.EndsWith("_to_" + Client, StringComparison.Ordinal)).Sum(pair => pair.Bytes));
        }
    }
}
