using System.Text.Json;
using Blindsight.Cli.Parties;

namespace Blindsight.Cli.Reports;

/// <summary>
/// The figures of a run around an enclave as 'run --json' writes them; what a client-server run has too has the same name. Names become snake_case.
/// </summary>
/// <param name="Attestation">What stands behind the enclave, as the data owner found it.</param>
/// <param name="HostChecked">Whether the enclave checks that the host computes what the model says.</param>
/// <param name="StatisticalBits">With which the flood of results hides their noise.</param>
/// <param name="Setup">The model owner's upload, once a model.</param>
/// <param name="Offline">Keys and weights for the data owner's context, until keys are replaced.</param>
/// <param name="Online">The data owner's queries.</param>
/// <param name="Enclave">What the enclave took in all, and of it online: between the data owner's first question and its last answer.</param>
internal sealed record EnclaveReport(
    int SchemaVersion, string Model, string Deployment, string Comparison, string Attestation, bool HostChecked, double StatisticalBits, string Activation,
    string Weights, string Link, int Threads, int Rows, float[][] Outputs, int[] Top1, int[] ReferenceTop1, ReferenceAgreement Reference,
    EnclaveReport.Phase Setup, EnclaveReport.Phase Offline, EnclaveReport.Phase Online, EnclaveReport.Room Enclave, EnclaveReport.Times Order,
    EnclaveReport.Party[] Parties)
{
    public static EnclaveReport Of(EnclaveResult result, EnclaveSpec spec, int[] referenceTop1, ReferenceAgreement reference)
    {
        (QueriesAnswered answered, ModelHandedOver handed, RoomReport all) = (result.Answered, result.HandedOver, result.Counted);
        RoomReport online = answered.Answered.Since(answered.Prepared);
        Predicted[] predictions = result.Predictions;
        return new EnclaveReport(1, answered.Model, EnclaveProcesses.Name, LeveledParties.NoComparison, answered.Attestation, answered.HostChecked,
            answered.StatisticalBits, spec.Activation, spec.Weights, spec.Link, spec.Threads, predictions.Length,
            [.. predictions.Select(prediction => prediction.Outputs)], [.. predictions.Select(prediction => prediction.Top1)], referenceTop1, reference,
            new Phase(handed.Seconds, 0, new() { ["owner_to_enclave"] = handed.ToRoomBytes, ["owner_to_host"] = handed.ToHostBytes }),
            new Phase(answered.OfflineSeconds, 0, new() { ["enclave_to_host"] = result.Host.Events.OfType<HostRan>().Sum(ran => ran.KeyBytes) }),
            new Phase(answered.OnlineSeconds, answered.Rounds, new()
            {
                ["client_to_host"] = answered.BytesSent, ["host_to_client"] = answered.BytesReceived,
                ["host_to_enclave"] = online.BytesIn, ["enclave_to_host"] = online.BytesOut,
            }),
            new Room(all.CpuSeconds, online.CpuSeconds, all.BytesIn, all.BytesOut, all.Encryptions, all.Decryptions, all.Rotations, all.Refusals),
            new Times(result.Owner.EndedAt, result.ClientStarted),
            [
                new Party("enclave", all.CpuSeconds, all.CpuSeconds, all.PeakRssBytes), Party.Of("host", result.Host), Party.Of("owner", result.Owner),
                Party.Of("client", result.Client),
            ]);
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonReports.Format);

    /// <param name="Bytes">By pair and direction; payload.</param>
    internal sealed record Phase(double Seconds, long Rounds, Dictionary<string, long> Bytes);

    /// <param name="BytesIn">Through the enclave's socket.</param>
    /// <param name="Refusals">By name.</param>
    internal sealed record Room(double CpuSeconds, double OnlineCpuSeconds, long BytesIn, long BytesOut, long Encryptions, long Decryptions, long Rotations,
        Dictionary<string, long> Refusals);

    /// <summary>That the data owner began when the model owner had ended.</summary>
    internal sealed record Times(DateTimeOffset OwnerEnded, DateTimeOffset ClientStarted);

    /// <param name="WorkCpuSeconds">Without what it took to start.</param>
    internal sealed record Party(string Name, double CpuSeconds, double WorkCpuSeconds, long PeakRssBytes)
    {
        public static Party Of(string name, RoleRun role)
        {
            Ended ended = role.Only<Ended>();
            return new(name, ended.CpuSeconds, ended.WorkCpuSeconds, ended.PeakRssBytes);
        }
    }
}
