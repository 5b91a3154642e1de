using System.Globalization;

namespace Blindsight.Enclave;

/// <summary>The command line, read without a library: nothing comes into the trust boundary for it.</summary>
/// <param name="Simulated">Whether to run without a TEE, NOT ATTESTED.</param>
/// <param name="Events">Whether to tell lines of JSON to the process that started this one.</param>
internal sealed record RoomArguments(string Socket, string State, bool Simulated, bool Events, RoomLimits Limits)
{
    public const string Usage =
        "blindsight-enclave --socket SOCKET --state FOLDER --tee auto|simulated [--results-per-key N] [--decryptions-per-key N] [--events]";

    /// <returns>Null where it is not as <see cref="Usage"/> says.</returns>
    public static RoomArguments? Parse(string[] args)
    {
        string? socket = null, state = null, tee = null;
        bool events = false;
        RoomLimits limits = RoomLimits.Default;
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--events")
            {
                events = true;
                continue;
            }
            if (i + 1 == args.Length) return null;
            string value = args[++i];
            switch (args[i - 1])
            {
                case "--socket": socket = value; break;
                case "--state": state = value; break;
                case "--tee": tee = value; break;
                case "--results-per-key" when Positive(value) is { } results: limits = limits with { ResultsPerKey = results }; break;
                case "--decryptions-per-key" when Positive(value) is { } decryptions: limits = limits with { DecryptionsPerKey = decryptions }; break;
                default: return null;
            }
        }
        return socket is null || state is null || tee is not ("auto" or "simulated") ? null : new(socket, state, tee == "simulated", events, limits);
    }

    private static int? Positive(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null;
}
