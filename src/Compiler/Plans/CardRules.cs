using System.Collections.Immutable;
using Blindsight.Arithmetic;

namespace Blindsight.Compiler.Plans;

/// <summary>Checks of a model card.</summary>
internal static class CardRules
{
    private const int ClassesMax = 100_000;

    /// <exception cref="ParameterException">A value that no input could be computed with.</exception>
    public static void Check(InputCard card)
    {
        Require(card.ChannelOrder is "rgb" or "bgr", "channel_order is rgb or bgr");
        Require(card.Layout is "nchw" or "nhwc", "layout is nchw or nhwc");
        Require(double.IsFinite(card.Scale) && card.Scale != 0, "scale is a finite number other than zero");
        if (card is not { Mean: { IsDefault: false, Length: 0 }, Std: { IsDefault: false, Length: 0 } })
        {
            Numbers("mean", card.Mean, mayBeZero: true);
            Numbers("std", card.Std, mayBeZero: false);
        }
        Require(!card.Classes.IsDefault && card.Classes.Length <= ClassesMax, $"at most {ClassesMax} classes");
        Require(card.Classes.All(name => name is { Length: <= 1024 }), "class names of at most 1024 characters");
    }

    private static void Numbers(string what, ImmutableArray<double> values, bool mayBeZero)
    {
        Require(values is { IsDefault: false, Length: >= 1 and <= 4096 }, $"{what} has an entry a channel, or a single one");
        Require(values.All(double.IsFinite), $"{what} is finite");
        Require(mayBeZero || !values.Contains(0), $"{what} is not zero");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds) throw new ParameterException($"model card: {what}");
    }
}
