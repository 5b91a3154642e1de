using Blindsight.Cli.Parties;
using Blindsight.Cli.Terminal;
using Spectre.Console;

namespace Blindsight.Cli.Reports;

/// <summary>A run around an enclave, for people.</summary>
internal static class EnclaveSummary
{
    public static void Write(EnclaveReport report, Predicted[] predictions, string[] classes, int[]? labels, TextWriter output)
    {
        RunSummary.WriteRows(predictions, report.ReferenceTop1, classes, labels, output);
        output.WriteLine(RunSummary.AgreementWithFloats(report.Reference));
        Table table = Tables.New("phase", "seconds", "bytes by pair");
        table.Columns[1].RightAligned();
        foreach ((string name, EnclaveReport.Phase phase) in new[]
        {
            ("setup, once a model", report.Setup), ("offline, once a data owner", report.Offline), ("online", report.Online),
        })
            Tables.Add(table, name, $"{phase.Seconds:f3}", string.Join(", ", phase.Bytes.Select(pair => $"{pair.Key.Replace('_', ' ')} {pair.Value:n0}")));
        Tables.Write(table, output);
        output.WriteLine($"enclave: {report.Enclave.OnlineCpuSeconds:f2} s of processor online, {report.Enclave.CpuSeconds:f2} s in all; "
            + $"{report.Enclave.BytesIn:n0} bytes in, {report.Enclave.BytesOut:n0} out; {report.Enclave.Decryptions:n0} ciphertexts decrypted");
        output.WriteLine("peak memory: " + string.Join(", ", report.Parties.Select(party => $"{party.Name} {RunSummary.Mebibytes(party.PeakRssBytes)}")));
        double apart = (report.Order.ClientStarted - report.Order.OwnerEnded).TotalSeconds;
        output.WriteLine($"The model owner's process ended {apart:f2} s before the data owner's began. "
            + $"The enclave does {(report.HostChecked ? "" : "NOT ")}check what the host computes.");
        output.WriteLine($"Enclave: {report.Attestation}.");
    }
}
