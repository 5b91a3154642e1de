using System.Collections.Immutable;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// How a comparison of <c>bits</c>-bit numbers is cut into digits of at most four bits and combined: public, a function of the
/// width alone. Digits are numbered from the lowest. A node joins a high and a low group of digits,
/// lt = lt_high xor (eq_high and lt_low), eq = eq_high and eq_low; eq is not needed for a group that holds digit 0.
/// </summary>
internal sealed class DigitTree
{
    public const int DigitBitsMax = 4;

    public DigitTree(int bits)
    {
        Bits = bits;
        int count = (bits + DigitBitsMax - 1) / DigitBitsMax;
        DigitBits = [.. Enumerable.Range(0, count).Select(digit => bits / count + (digit < bits % count ? 1 : 0))];
        Levels = Combine(count);
    }

    /// <summary>Width of the compared numbers.</summary>
    public int Bits { get; }

    /// <summary>Width of each digit, the largest lowest.</summary>
    public ImmutableArray<int> DigitBits { get; }

    /// <summary>Where a digit starts in the number.</summary>
    public int FirstBit(int digit) => DigitBits.Take(digit).Sum();

    /// <summary>Nodes that can be evaluated together, the leaves' level first. Groups are named by their lowest digit.</summary>
    public ImmutableArray<ImmutableArray<Node>> Levels { get; }

    /// <summary>Bits of a leaf message for one threshold: lt, and eq except in digit 0.</summary>
    public static int LeafBits(int digit) => digit == 0 ? 1 : 2;

    /// <summary>Bits that one party opens for one element and threshold on a level.</summary>
    public static int OpenedBits(ImmutableArray<Node> level) => level.Sum(node => node.KeepsEquality ? 3 : 2);

    private static ImmutableArray<ImmutableArray<Node>> Combine(int count)
    {
        List<int> groups = [.. Enumerable.Range(0, count)];
        ImmutableArray<ImmutableArray<Node>>.Builder levels = ImmutableArray.CreateBuilder<ImmutableArray<Node>>();
        while (groups.Count > 1)
        {
            List<int> next = [];
            ImmutableArray<Node>.Builder nodes = ImmutableArray.CreateBuilder<Node>();
            int first = groups.Count % 2;
            if (first == 1) next.Add(groups[0]);
            for (int i = first; i < groups.Count; i += 2)
            {
                nodes.Add(new Node(High: groups[i + 1], Low: groups[i], KeepsEquality: groups[i] != 0));
                next.Add(groups[i]);
            }
            levels.Add(nodes.ToImmutable());
            groups = next;
        }
        return levels.ToImmutable();
    }

    /// <summary>Joins two groups; the result takes the low group's place.</summary>
    internal readonly record struct Node(int High, int Low, bool KeepsEquality);
}
