using System.Collections.Immutable;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>
/// Where the groups of a grouped convolution lie in one polynomial: input and kernel of group g at slot s_g, so that its
/// product is at 2*s_g and that of input g with kernel h at s_g + s_h. The s_g have no three terms in arithmetic
/// progression (no digit 2 in base 3), so s_g + s_h = 2*s_i only for g = h = i: no wanted slot is soiled. Four groups
/// take 9 slots and eight take 27, where a square layout takes 16 and 64.
/// </summary>
internal static class GroupPositions
{
    /// <summary>s_g.</summary>
    public static int Of(int group)
    {
        int position = 0;
        for (int power = 1; group > 0; group >>= 1, power *= 3) position += (group & 1) * power;
        return position;
    }

    /// <summary>Slots that <paramref name="groups"/> groups need: 2*s + 1 of the last.</summary>
    public static int Slots(int groups) => 2 * Of(groups - 1) + 1;

    /// <summary>The first positions.</summary>
    public static ImmutableArray<int> First(int groups) => [.. Enumerable.Range(0, groups).Select(Of)];
}
