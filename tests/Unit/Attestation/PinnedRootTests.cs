using System.Security.Cryptography;
using Blindsight.Attestation;
using Blindsight.Attestation.Certificates;
using Blindsight.Tests;
using Blindsight.Unit.Architecture;

namespace Blindsight.Unit.Attestation;

public sealed class PinnedRootTests
{
    [Fact]
    public void Each_root_is_what_its_page_of_origin_says()
    {
        string folder = Path.Combine(Repository.Root, "src", "Attestation", "Roots"), page = File.ReadAllText(Path.Combine(folder, "ORIGIN.md"));
        string[] files = Directory.GetFiles(folder, "*.der");
        Assert.Equal(4, files.Length);
        foreach (string file in files)
        {
            byte[] der = File.ReadAllBytes(file);
            Certificate certificate = Certificate.Read(der, file);
            Assert.Contains($"| {Path.GetFileName(file)} | {certificate.Name} | {Convert.ToHexStringLower(SHA256.HashData(der))} |", page);
        }
    }

    [Fact]
    public void Each_root_is_signed_by_itself_and_may_issue()
    {
        foreach (Certificate root in PinnedRoots.BuiltIn.Amd.Values.Append(PinnedRoots.BuiltIn.Intel))
        {
            Assert.True(root.IsSignedBy(root.Key), root.Name);
            Assert.True(root.Issuer.Span.SequenceEqual(root.Subject.Span));
            Assert.True(root.IsAuthority);
            Assert.True(root.Usage!.Value.HasFlag(KeyUses.CertificateSign | KeyUses.CrlSign));
        }
        foreach ((SnpProduct product, Certificate root) in PinnedRoots.BuiltIn.Amd) Assert.Equal($"ARK-{product}", root.Name);
    }

    [DataTheory]
    [InlineData("milan", SnpProduct.Milan)]
    [InlineData("genoa", SnpProduct.Genoa)]
    [InlineData("turin_vcek", SnpProduct.Turin)]
    public void Each_line_of_AMD_has_an_intermediate_under_its_root_and_under_no_other(string line, SnpProduct product)
    {
        Certificate intermediate = Certificate.Read(GenuineEvidence.AmdCertificate(line, 0), "ASK");
        foreach ((SnpProduct other, Certificate root) in PinnedRoots.BuiltIn.Amd)
            Assert.Equal(other == product, intermediate.IsSignedBy(root.Key));
        Assert.Equal(GenuineEvidence.AmdCertificate(line, 1), PinnedRoots.BuiltIn.Amd[product].Raw.ToArray());
    }
}
