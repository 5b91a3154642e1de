using System.Xml.Linq;

namespace Blindsight.Unit.Architecture;

public sealed class LayeringTests
{
    /// <summary>The table of docs/ARCHITECTURE.md.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Arithmetic"] = [],
        ["HomomorphicEncryption"] = ["Arithmetic"],
        ["Mpc"] = ["Arithmetic"],
        ["Compiler"] = ["Arithmetic"],
        ["Enclave"] = ["Arithmetic", "HomomorphicEncryption", "Attestation"],
        ["Inference"] = ["Arithmetic", "HomomorphicEncryption", "Mpc", "Compiler", "Enclave"],
        ["Transport"] = ["Mpc", "Arithmetic"],
        ["Training"] = ["Compiler", "Arithmetic"],
        ["Attestation"] = [],
        ["Hosting"] = ["Arithmetic", "HomomorphicEncryption", "Mpc", "Compiler", "Inference", "Transport", "Attestation", "Enclave"],
        ["Library"] = ["Arithmetic", "Mpc", "Compiler", "Inference", "Transport", "Hosting"],
        ["Cli"] = ["Arithmetic", "HomomorphicEncryption", "Mpc", "Compiler", "Inference", "Transport", "Training", "Hosting", "Attestation", "Enclave"],
    };

    [Fact]
    public void Every_project_references_only_what_the_table_allows()
    {
        string[] projects = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)];
        Assert.Equal(Allowed.Keys.Order(), projects.Select(Path.GetFileNameWithoutExtension).Order());
        foreach (string project in projects)
        {
            string name = Path.GetFileNameWithoutExtension(project);
            IEnumerable<string> references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.All(references, reference => Assert.True(Allowed[name].Contains(reference), $"{name} references {reference}"));
        }
    }

    [Fact]
    public void The_table_in_the_documentation_is_this_one()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "ARCHITECTURE.md"));
        Assert.Contains("| Arithmetic | nothing |", page);
        Assert.Contains("| HomomorphicEncryption, Mpc, Compiler | Arithmetic |", page);
        Assert.Contains("| Transport | Mpc, Arithmetic |", page);
        Assert.Contains("| Training | Compiler, Arithmetic |", page);
        Assert.Contains("| Attestation | nothing |", page);
        Assert.Contains("| Enclave | Arithmetic, HomomorphicEncryption, Attestation |", page);
        Assert.Contains("| Inference | those four, Enclave |", page);
        Assert.Contains("| Hosting | Arithmetic, HomomorphicEncryption, Mpc, Compiler, Inference, Transport, Attestation, Enclave |", page);
        Assert.Contains("| Library | Arithmetic, Mpc, Compiler, Inference, Transport, Hosting |", page);
    }

    [Fact]
    public void Transitive_references_are_off_and_warnings_are_errors()
    {
        string properties = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.Contains("<DisableTransitiveProjectReferences>true<", properties);
        Assert.Contains("<TreatWarningsAsErrors>true<", properties);
        Assert.Contains("<Nullable>enable<", properties);
    }

    [Fact]
    public void Homomorphic_encryption_does_no_input_or_output()
    {
        foreach ((string path, string[] lines) in Repository.CSharp("src/HomomorphicEncryption"))
            Assert.DoesNotContain(lines, line => line.Contains("System.IO") || line.Contains("System.Net") || line.Contains("IChannel"));
    }
}
