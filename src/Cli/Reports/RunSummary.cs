using Blindsight.Cli.Parties;

namespace Blindsight.Cli.Reports;

/// <summary>A run's outcome, for people.</summary>
internal static class RunSummary
{
    public static void Write(
        TwoProcessResult result, int[] reference, string agreement, int[]? labels, TwoProcessSpec spec, TextWriter output)
    {
        WriteRows(result.Predictions, reference, result.Client.Classes, labels, output);
        output.WriteLine(agreement);
        output.WriteLine(CostTable.Text(result.Client));
        output.WriteLine($"peak memory: client {Mebibytes(result.Client.PeakRssBytes)}, server {Mebibytes(result.Server.PeakRssBytes)}");
        foreach (Probed probe in result.ServerProbes) output.WriteLine($"server probe {probe.Path}: {(probe.Opened ? "opened" : "denied")}");
        foreach (Probed probe in result.ClientProbes) output.WriteLine($"client probe {probe.Path}: {(probe.Opened ? "opened" : "denied")}");
        output.WriteLine(Separation(spec));
    }

    /// <summary>Row by row what was predicted, and how many were right.</summary>
    public static void WriteRows(Predicted[] predictions, int[] reference, string[] classes, int[]? labels, TextWriter output)
    {
        for (int i = 0; i < predictions.Length; i++)
        {
            Predicted prediction = predictions[i];
            string label = labels is null ? "" : labels[i] == prediction.Top1 ? ", right" : $", label {Name(labels[i], classes)}";
            string differs = reference[i] == prediction.Top1 ? "" : $" (floats say {Name(reference[i], classes)})";
            output.WriteLine($"row {prediction.Row}: {Name(prediction.Top1, classes)}{differs}{label}");
        }
        if (labels is not null)
        {
            double right = predictions.Select((prediction, i) => prediction.Top1 == labels[i] ? 1.0 : 0).Average();
            output.WriteLine($"accuracy {right:p1} of {labels.Length} rows");
        }
    }

    /// <summary>How the outputs compare with fixed point in the clear.</summary>
    public static string Agreement(ReferenceAgreement agreement) => agreement.Bound is { } bound
        ? $"every output is within {agreement.LargestDifference:g3} of fixed point in the clear; random rounding allows {bound:g3}"
            + (agreement.Within ? "" : ": TOO FAR")
        : agreement.Within ? "every label is that of fixed point in the clear" : "a label is not that of fixed point in the clear";

    /// <summary>How the outputs compare with floats, where encryption's noise is all that differs.</summary>
    public static string AgreementWithFloats(ReferenceAgreement agreement) =>
        $"every output is within {agreement.LargestDifference:g3} of floats; encryption's noise is declared to be at most {agreement.Bound:g3}"
        + (agreement.Within ? "" : ": TOO FAR");

    public static string Mebibytes(long bytes) => $"{bytes / 1048576.0:n0} MiB";

    /// <summary>How far the parties were kept from each other's files, stated as it is.</summary>
    public static string Separation(TwoProcessSpec spec)
    {
        if (!spec.Confine)
            return "Each party was started with its own files only, but not confined to them: this system has no Landlock.";
        return Confinement.Exposes(spec.Model) || Confinement.Exposes(spec.Input)
            ? "Each party was confined to its own files and the system's; a file of this run lies among the latter."
            : "Each party was confined to its own files: the server could not open the input, nor the client the model.";
    }

    public static string Name(int top, string[] classes) => top >= 0 && top < classes.Length ? $"{top} ({classes[top]})" : $"{top}";
}
