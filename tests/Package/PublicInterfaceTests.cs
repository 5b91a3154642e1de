using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Blindsight.Package;

/// <summary>What users of the package compile against changes only where somebody says so.</summary>
public sealed class PublicInterfaceTests
{
    private const string Accept = "BLINDSIGHT_ACCEPT_INTERFACE";

    private static readonly Assembly Package = typeof(BlindsightClient).Assembly;

    [Fact]
    public void The_public_interface_is_the_one_that_is_written_down()
    {
        string path = Path.Combine(Folder(), "public-interface.txt");
        string[] now = [.. PublicInterface.Of(Package)];
        if (Environment.GetEnvironmentVariable(Accept) == "1") File.WriteAllLines(path, now);
        string[] before = File.ReadAllLines(path);
        Assert.True(now.SequenceEqual(before), "The public interface differs from tests/Package/public-interface.txt:\n" + Difference(before, now)
            + $"\nIf that is meant, write it down with '{Accept}=1 dotnet test tests/Package -c Release --filter PublicInterfaceTests', and say in "
            + "CHANGELOG.md what users have to change.");
    }

    [Fact]
    public void A_change_is_told_with_the_type_it_is_in() =>
        Assert.Equal("  class A\n-   int X\n+   long X", Difference(["class A", "  int X", "class B"], ["class A", "  long X", "class B"]));

    [Fact]
    public void Every_public_member_is_documented()
    {
        XDocument page = XDocument.Load(Path.ChangeExtension(Package.Location, ".xml"));
        HashSet<string> documented = [.. page.Descendants("member").Select(member => member.Attribute("name")!.Value.Split('(')[0])];
        foreach (Type type in Package.GetExportedTypes())
        {
            Assert.Contains($"T:{type.FullName}", documented);
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                if (!method.IsSpecialName && method.GetCustomAttribute<CompilerGeneratedAttribute>() is null && method.GetBaseDefinition() == method)
                    Assert.Contains($"M:{type.FullName}.{method.Name}", documented);
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                Assert.Contains($"P:{type.FullName}.{property.Name}", documented);
        }
    }

    [Fact]
    public void Every_class_says_whether_threads_may_share_it()
    {
        foreach (Type type in Package.GetExportedTypes().Where(type => type is { IsClass: true } && !(type.IsAbstract && type.IsSealed)))
        {
            XElement summary = XDocument.Load(Path.ChangeExtension(Package.Location, ".xml")).Descendants("member")
                .Single(member => member.Attribute("name")!.Value == $"T:{type.FullName}").Element("summary")!;
            bool says = summary.Value.Contains("hread-safe") || summary.Value.Contains("between threads");
            Assert.True(says, $"{type.Name} does not say whether it is thread-safe");
        }
    }

    /// <summary>Lines that went and lines that came, below the type that they belong to.</summary>
    private static string Difference(string[] before, string[] now)
    {
        List<string> lines = [];
        var (old, current) = (ByType(before), ByType(now));
        foreach (string type in old.Keys.Union(current.Keys).Order(StringComparer.Ordinal))
        {
            string[] gone = [.. old.GetValueOrDefault(type, []).Except(current.GetValueOrDefault(type, [])).Select(line => $"- {line}")];
            string[] came = [.. current.GetValueOrDefault(type, []).Except(old.GetValueOrDefault(type, [])).Select(line => $"+ {line}")];
            string mark = !old.ContainsKey(type) ? "+" : !current.ContainsKey(type) ? "-" : " ";
            if (gone.Length + came.Length > 0 || mark != " ") lines.AddRange([$"{mark} {type}", .. gone, .. came]);
        }
        return string.Join('\n', lines);
    }

    private static Dictionary<string, List<string>> ByType(string[] lines)
    {
        Dictionary<string, List<string>> types = [];
        List<string> members = [];
        foreach (string line in lines)
        {
            if (line.StartsWith("  ", StringComparison.Ordinal)) members.Add(line);
            else types.Add(line, members = []);
        }
        return types;
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
