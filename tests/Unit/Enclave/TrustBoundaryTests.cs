using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Blindsight.Enclave.Identity;
using Blindsight.Unit.Architecture;

namespace Blindsight.Unit.Enclave;

/// <summary>What is inside the trust boundary is written in docs/ENCLAVE.md, and nothing else is there.</summary>
public sealed partial class TrustBoundaryTests
{
    /// <summary>What src/Enclave builds to, in the configuration of these tests.</summary>
    private static readonly string Output =
        Path.Combine(Repository.Root, "src", "Enclave", "bin", AppContext.BaseDirectory.Contains("Release") ? "Release" : "Debug", "net10.0");

    [Fact]
    public void The_folder_of_the_enclave_holds_the_assemblies_that_the_document_lists()
    {
        string[] built = [.. Directory.EnumerateFiles(Output, "*.dll", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)).Order()];
        Assert.Equal(Listed("project"), built);
        Assert.Equal(CodeMeasurement.Assemblies.Order(), built);
    }

    [Fact]
    public void Of_the_framework_it_references_what_the_document_lists()
    {
        string[] own = [.. CodeMeasurement.Assemblies.Select(name => Path.GetFileNameWithoutExtension(name))];
        string[] referenced = [.. CodeMeasurement.Assemblies.SelectMany(References).Except(own).Distinct().Order()];
        Assert.Equal(Listed("framework"), referenced);
    }

    private static IEnumerable<string> References(string assembly)
    {
        using FileStream stream = File.OpenRead(Path.Combine(Output, assembly));
        using PEReader reader = new(stream);
        MetadataReader metadata = reader.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static string[] Listed(string part)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "ENCLAVE.md"));
        string list = page.Split($"<!-- begin {part} -->")[1].Split($"<!-- end {part} -->")[0];
        return [.. Name().Matches(list).Select(match => match.Groups[1].Value).Order()];
    }

    [GeneratedRegex("`([A-Za-z0-9.-]+)`")]
    private static partial Regex Name();
}
