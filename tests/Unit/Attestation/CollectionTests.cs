using System.Globalization;
using System.Text;
using Blindsight.Attestation;
using Blindsight.Attestation.Collection;
using Blindsight.Unit.Attestation.Forge;
using static Blindsight.Attestation.AttestationFault;

namespace Blindsight.Unit.Attestation;

/// <summary>Collection through a temporary folder in which the tests play the kernel.</summary>
public sealed class CollectionTests : IDisposable
{
    private static readonly Octets Data = new(IntelForge.Filled(64, 1));

    private readonly string root = Directory.CreateTempSubdirectory("blindsight-tsm-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("sev_guest", EvidenceKind.SevSnpReport)]
    [InlineData("tdx_guest", EvidenceKind.DcapQuote)]
    public void Evidence_is_made_for_the_report_data_and_the_entry_removed(string provider, EvidenceKind kind)
    {
        Kernel kernel = new(root) { Provider = provider };
        TsmEvidenceSource source = new(kernel);
        Assert.True(source.IsPresent);
        Assert.Equal(Assurance.Hardware, source.Assurance);
        Evidence evidence = source.Collect(Data);
        Assert.Equal(kind, evidence.Kind);
        Assert.Equal(Data, new Octets(evidence.Bytes.Span));
        Assert.Equal("AUX", Encoding.ASCII.GetString(evidence.Endorsements.Span));
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public void Missing_endorsements_are_none()
    {
        Assert.Equal(0, new TsmEvidenceSource(new Kernel(root) { Aux = null }).Collect(Data).Endorsements.Length);
    }

    [Fact]
    public void A_write_by_somebody_else_is_noticed_before_and_after_reading()
    {
        Assert.Equal(SourceRaced, Fault(new Kernel(root) { WritesBefore = 1 }));
        Assert.Equal(SourceRaced, Fault(new Kernel(root) { WritesWhileReading = 1 }));
        Assert.Equal(SourceRaced, Fault(new Kernel(root) { WritesBefore = -1 })); // our own write was not counted
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public void Errors_and_nonsense_of_the_kernel_are_named()
    {
        Assert.Equal(SourceUnavailable, Fault(new TsmFolder(Path.Combine(root, "nowhere"))));
        Assert.Equal(SourceUnavailable, Fault(new Kernel(root) { Provider = "arm_cca_guest" }));
        Assert.Equal(SourceFailed, Fault(new Kernel(root) { Generation = "many\n" }));
        Assert.Equal(SourceFailed, Fault(new Kernel(root) { Generation = new string('1', 100) }));
        Assert.Equal(SourceFailed, Fault(new Kernel(root) { Generation = "" }));
        Assert.Equal(SourceFailed, Fault(new Kernel(root) { Report = [] }));
        Assert.Equal(SourceFailed, Fault(new Kernel(root) { Report = new byte[Evidence.LengthMax + 1] }));
        Assert.Equal(SourceFailed, Fault(new Kernel(root) { Aux = new byte[Evidence.LengthMax + 1] }));
        Assert.Equal(SourceFailed, Fault(new Kernel(root) { WithoutReport = true }));
        Assert.Throws<ArgumentException>(() => new TsmEvidenceSource(new Kernel(root)).Collect(new Octets(new byte[63])));
    }

    [Fact]
    public void A_folder_without_a_kernel_behind_it_is_a_named_failure()
    {
        // An ordinary folder: entries can be made, and nothing appears in them.
        Assert.Equal(SourceFailed, Fault(new TsmFolder(root)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    private static AttestationFault Fault(ITsmFolder folder) => Refusals.Fault(() => new TsmEvidenceSource(folder).Collect(Data));

    /// <summary>The real folder's code over a temporary folder, with what the kernel does at each write added.</summary>
    private sealed class Kernel(string root) : ITsmFolder
    {
        private readonly TsmFolder files = new(root);
        private int written;

        public string Provider { get; init; } = "sev_guest";

        /// <summary>What "generation" shows, if not the count of writes.</summary>
        public string? Generation { get; init; }

        /// <summary>The report, if not the report data itself.</summary>
        public byte[]? Report { get; init; }

        public byte[]? Aux { get; init; } = "AUX"u8.ToArray();

        public bool WithoutReport { get; init; }

        public int WritesBefore { get; init; }

        public int WritesWhileReading { get; init; }

        public bool Exists => files.Exists;

        public void MakeEntry(string entry)
        {
            files.MakeEntry(entry);
            Put(entry, "provider", Encoding.ASCII.GetBytes(Provider + "\n"));
            Put(entry, "inblob", []);
            if (Aux is not null) Put(entry, "auxblob", Aux);
            Count(entry, 0);
        }

        public void RemoveEntry(string entry) => Directory.Delete(Path.Combine(root, entry), recursive: true);

        public void Write(string entry, string attribute, ReadOnlySpan<byte> value)
        {
            Assert.Equal("inblob", attribute);
            files.Write(entry, attribute, value);
            if (!WithoutReport) Put(entry, "outblob", Report ?? value.ToArray());
            Count(entry, 1 + WritesBefore);
        }

        public byte[]? Read(string entry, string attribute, int bytesMax)
        {
            byte[]? read = files.Read(entry, attribute, bytesMax);
            if (attribute == "outblob") Count(entry, WritesWhileReading);
            return read;
        }

        private void Count(string entry, int writes)
        {
            written += writes;
            Put(entry, "generation", Encoding.ASCII.GetBytes(Generation ?? (41 + written).ToString(CultureInfo.InvariantCulture) + "\n"));
        }

        private void Put(string entry, string attribute, byte[] value) => File.WriteAllBytes(Path.Combine(root, entry, attribute), value);
    }
}
