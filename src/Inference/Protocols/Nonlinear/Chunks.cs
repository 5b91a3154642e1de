namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// How long vectors are worked through: in runs short enough that everything about a run stays in the second-level cache, each with
/// a message of its own, so that the peer works on one run while the next is made.
/// </summary>
internal static class Chunks
{
    /// <summary>Elements of a run, a multiple of 64: all but the last end at whole words and whole bytes.</summary>
    public const int Elements = 8192;

    /// <summary>
    /// Bit triples of a run. Directions alternate, and the parties with them, after every run; therefore it is longer.
    /// </summary>
    public const int Triples = 8 * Elements;

    /// <summary>Elements of the run that starts at <paramref name="from"/>.</summary>
    public static int At(int from, int elements) => Math.Min(Elements, elements - from);
}
