using System.Text.RegularExpressions;

namespace Blindsight.Conformance.MachineCode;

/// <summary>
/// A check of machine code for branches on data: within an innermost loop, which is where elements are handled, a conditional
/// jump may close the loop, leave it, or go to a block that throws; anything else chooses between two pieces of the body,
/// and is reported. Outer loops run over digits, levels and thresholds, whose branches follow public shapes.
/// </summary>
internal static partial class BranchRule
{
    /// <summary>The suspicious jumps of one method's listing.</summary>
    public static List<string> Violations(string[] lines)
    {
        Dictionary<string, int> labels = [];
        for (int i = 0; i < lines.Length; i++)
            if (Label().Match(lines[i]) is { Success: true } label) labels[label.Groups[1].Value] = i;
        List<(int From, int To)> jumps = [.. Enumerable.Range(0, lines.Length)
            .Select(i => (From: i, Target: Jump().Match(lines[i]).Groups[1].Value))
            .Where(jump => labels.ContainsKey(jump.Target)).Select(jump => (jump.From, labels[jump.Target]))];
        List<(int Start, int End)> loops = [.. jumps.Where(jump => jump.To < jump.From).Select(jump => (jump.To, jump.From))];
        loops = [.. loops.Where(loop => !loops.Any(other => other != loop && other.Start >= loop.Start && other.End <= loop.End))];
        return [.. jumps.Where(jump => jump.To > jump.From && IsConditional(lines[jump.From]))
            .Where(jump => loops.Any(loop => Inside(loop, jump.From) && Inside(loop, jump.To)))
            .Where(jump => !Throws(lines, jump.To) && !lines[jump.From..jump.To].Any(line => line.Contains("FAIL_FAST")))
            .Select(jump => lines[jump.From].Trim())];
    }

    private static bool Inside((int Start, int End) loop, int line) => line >= loop.Start && line <= loop.End;

    private static bool IsConditional(string line) => !line.TrimStart().StartsWith("jmp", StringComparison.Ordinal);

    private static bool Throws(string[] lines, int label) => lines.Skip(label + 1).TakeWhile(line => !Label().IsMatch(line))
        .Any(line => line.Contains("RNGCHKFAIL") || line.Contains("Throw") || line.Contains("int3"));

    [GeneratedRegex(@"^(G_M\d+_IG\d+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s+j\w+\s+(?:SHORT )?(G_M\d+_IG\d+)")]
    private static partial Regex Jump();
}
