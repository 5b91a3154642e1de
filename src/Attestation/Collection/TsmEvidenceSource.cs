using System.Globalization;
using System.Text;
using Blindsight.Attestation.Policies;

namespace Blindsight.Attestation.Collection;

/// <summary>
/// Collects evidence through the kernel's common interface for SEV-SNP and TDX guests: write the report data into "inblob", read the
/// report from "outblob" and what the host delivered from "auxblob". The kernel counts in "generation" how often an entry was
/// written; it must have gone up by exactly one, before and after the report is read, or somebody else wrote and the report is theirs.
/// </summary>
/// <param name="folder">The kernel's folder.</param>
public sealed class TsmEvidenceSource(ITsmFolder folder) : IEvidenceSource
{
    private const int TextBytesMax = 64;

    /// <summary>Hardware: the processor signs, or there is no evidence.</summary>
    public Assurance Assurance => Assurance.Hardware;

    /// <summary>Whether this machine has the kernel's folder. A provider of reports may still be missing.</summary>
    public bool IsPresent => folder.Exists;

    public Evidence Collect(Octets reportData)
    {
        Sized.Check(reportData, AttestationPolicy.ReportDataBytes, nameof(reportData));
        if (!folder.Exists) throw Fault(AttestationFault.SourceUnavailable, "this machine has no folder for reports");
        string entry = $"blindsight-{Guid.NewGuid():N}"; // an entry of our own, so nobody else has a reason to write to it
        try
        {
            folder.MakeEntry(entry);
            try
            {
                return Collect(entry, reportData);
            }
            finally
            {
                folder.RemoveEntry(entry);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(AttestationFault.SourceFailed, $"the kernel refused: {e.Message}", e);
        }
    }

    private Evidence Collect(string entry, Octets reportData)
    {
        long before = Generation(entry);
        folder.Write(entry, "inblob", reportData.Span);
        ExpectGeneration(entry, before + 1);
        byte[] report = folder.Read(entry, "outblob", Evidence.LengthMax)
            ?? throw Fault(AttestationFault.SourceFailed, "the entry has no \"outblob\"");
        byte[] endorsements = folder.Read(entry, "auxblob", Evidence.LengthMax) ?? [];
        string provider = Text(entry, "provider");
        ExpectGeneration(entry, before + 1);
        if (report.Length == 0) throw Fault(AttestationFault.SourceFailed, "the report is empty");
        EvidenceKind kind = provider switch
        {
            "sev_guest" => EvidenceKind.SevSnpReport,
            "tdx_guest" => EvidenceKind.DcapQuote,
            _ => throw Fault(AttestationFault.SourceUnavailable, $"reports come from \"{provider}\", which is not known"),
        };
        return new Evidence(kind, report, endorsements);
    }

    private void ExpectGeneration(string entry, long expected)
    {
        long found = Generation(entry);
        if (found != expected) throw Fault(AttestationFault.SourceRaced, $"generation {found}, must be {expected}");
    }

    private long Generation(string entry) =>
        long.TryParse(Text(entry, "generation"), NumberStyles.None, CultureInfo.InvariantCulture, out long generation)
            ? generation
            : throw Fault(AttestationFault.SourceFailed, "the generation is not a number");

    private string Text(string entry, string attribute) =>
        Encoding.ASCII.GetString(folder.Read(entry, attribute, TextBytesMax) ?? throw Fault(AttestationFault.SourceFailed, $"the entry has no \"{attribute}\""))
            .TrimEnd('\n');

    private static AttestationException Fault(AttestationFault fault, string message, Exception? inner = null) =>
        new(fault, "report folder", message, inner);
}
