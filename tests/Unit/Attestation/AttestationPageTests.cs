using Blindsight.Attestation;
using Blindsight.Unit.Architecture;

namespace Blindsight.Unit.Attestation;

public sealed class AttestationPageTests
{
    [Fact]
    public void The_page_names_every_fault()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "ATTESTATION.md"));
        string[] words = page.Split([' ', ',', '.', ';', '[', ']', '(', ')', '`', '\n']);
        Assert.All(Enum.GetNames<AttestationFault>(), name => Assert.Contains(name, words));
    }
}
