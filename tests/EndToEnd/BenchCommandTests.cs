using System.Text.Json;

namespace Blindsight.EndToEnd;

public sealed class BenchCommandTests : Workspace
{
    [Fact]
    public void The_report_of_kernels_has_exactly_the_documented_form()
    {
        string file = File("kernels.json");
        Tool.Outcome outcome = Tool.Run("bench", "kernels", "--repeat", "1", "--filter", "AES-128 counter", "--json", file);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("aes-128 counter mode", outcome.Output);
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
        JsonElement report = document.RootElement;
        Assert.Equal(["schema_version", "machine", "kernels"], Keys(report).Where(key => key != "commit"));
        Assert.Equal(1, report.GetProperty("schema_version").GetInt32());
        JsonElement machine = report.GetProperty("machine");
        Assert.Equal(["cpu", "cores", "avx512", "avx2", "aes", "runtime"], Keys(machine));
        Assert.Equal(Environment.ProcessorCount, machine.GetProperty("cores").GetInt32());
        JsonElement kernel = Assert.Single(report.GetProperty("kernels").EnumerateArray());
        Assert.Equal(["name", "unit", "median", "minimum", "maximum", "path"], Keys(kernel));
        Assert.Equal(("aes-128 counter mode", "GB/s"), (kernel.GetProperty("name").GetString(), kernel.GetProperty("unit").GetString()));
        double median = kernel.GetProperty("median").GetDouble();
        Assert.True(median > 0);
        Assert.Equal((median, median), (kernel.GetProperty("minimum").GetDouble(), kernel.GetProperty("maximum").GetDouble()));
    }

    [Fact]
    public void A_filter_that_fits_nothing_is_refused()
    {
        Tool.Outcome outcome = Tool.Run("bench", "kernels", "--filter", "no such kernel");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("'no such kernel'", outcome.Complaint);
    }

    [Fact]
    public void A_mistake_names_the_whole_command()
    {
        Tool.Outcome outcome = Tool.Run("bench", "kernels", "--repeat", "0");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("See 'blindsight bench kernels --help'", outcome.Complaint);
    }

    private static string[] Keys(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];
}
