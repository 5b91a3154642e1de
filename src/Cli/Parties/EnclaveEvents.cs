using System.Text.Json.Serialization;

namespace Blindsight.Cli.Parties;

/// <summary>The enclave listens on its socket.</summary>
internal sealed record RoomOpened(bool Attested) : PartyEvent;

/// <summary>The enclave ends; what it counted.</summary>
internal sealed record RoomClosed(RoomReport Report) : PartyEvent;

/// <summary>The enclave's counters.</summary>
internal sealed record RoomReport(
    [property: JsonPropertyName("cpuSeconds")] double CpuSeconds, [property: JsonPropertyName("peakRssBytes")] long PeakRssBytes,
    [property: JsonPropertyName("bytesIn")] long BytesIn, [property: JsonPropertyName("bytesOut")] long BytesOut,
    [property: JsonPropertyName("encryptions")] long Encryptions, [property: JsonPropertyName("decryptions")] long Decryptions,
    [property: JsonPropertyName("rotations")] long Rotations, [property: JsonPropertyName("refusals")] Dictionary<string, long> Refusals)
{
    /// <summary>What was counted since an earlier report.</summary>
    public RoomReport Since(RoomReport earlier) => this with
    {
        CpuSeconds = CpuSeconds - earlier.CpuSeconds, BytesIn = BytesIn - earlier.BytesIn, BytesOut = BytesOut - earlier.BytesOut,
        Encryptions = Encryptions - earlier.Encryptions, Decryptions = Decryptions - earlier.Decryptions, Rotations = Rotations - earlier.Rotations,
    };
}

/// <summary>The host is done with a query, or with keys ahead of one (no images).</summary>
internal sealed record HostRan(int Images, double Seconds, double KeySeconds, long KeyBytes, string? Fault) : PartyEvent;

/// <summary>The model owner has handed its model over.</summary>
internal sealed record ModelHandedOver(string Model, string Contract, string Attestation, double Seconds, long ToRoomBytes, long ToHostBytes) : PartyEvent;

/// <summary>A data owner's queries are answered; the enclave's counters before and after are the host's word.</summary>
/// <param name="OfflineSeconds">Until keys were there.</param>
/// <param name="OutputBound">How far outputs may be from floats by noise, flood and rounding.</param>
internal sealed record QueriesAnswered(
    string Model, string Contract, string Attestation, bool HostChecked, string[] Classes, int Rows, double OfflineSeconds, double OnlineSeconds,
    long BytesSent, long BytesReceived, long Rounds, double OutputBound, double StatisticalBits, RoomReport Prepared, RoomReport Answered) : PartyEvent;
