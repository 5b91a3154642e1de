namespace Blindsight.Cli.Benchmarks.Serving;

/// <summary>How questions were answered for a while. Seconds from a question's coming to its answer, waiting included.</summary>
/// <param name="Wrong">Answers that name another class than fixed point in the clear does.</param>
/// <param name="Errors">What ended sessions.</param>
internal sealed record ServingPhase(
    double Seconds, int Answers, double PerSecond, double P50, double P90, double P99, double Largest, int Wrong, string[] Errors)
{
    public static ServingPhase Of(double seconds, IEnumerable<double> times, int wrong, string[] errors)
    {
        double[] sorted = [.. times.Order()];
        return new(seconds, sorted.Length, sorted.Length / seconds, At(sorted, 0.5), At(sorted, 0.9), At(sorted, 0.99), At(sorted, 1), wrong, errors);
    }

    /// <summary>The smallest time within which that share of the questions was answered.</summary>
    private static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
