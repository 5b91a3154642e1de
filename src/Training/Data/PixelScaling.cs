using Blindsight.Arithmetic;
using Blindsight.Compiler.Plans;

namespace Blindsight.Training.Data;

/// <summary>A model card's (pixel * scale - mean) / std as pixel * Factor + Offset for one channel.</summary>
internal readonly record struct PixelScaling(float Factor, float Offset)
{
    /// <summary>One scaling a channel; a card with one mean or deviation has it for all channels, without any it divides by 255.</summary>
    /// <exception cref="ParameterException">The card is for another number of channels.</exception>
    public static PixelScaling[] Of(InputCard card, int channels)
    {
        if (card.Mean.IsEmpty) return [.. Enumerable.Repeat(new PixelScaling(1f / 255, 0), channels)];
        if ((card.Mean.Length != 1 && card.Mean.Length != channels) || (card.Std.Length != 1 && card.Std.Length != channels))
            throw new ParameterException(
                $"The images have {channels} channels; the card has {card.Mean.Length} means and {card.Std.Length} deviations.");
        return
        [
            .. Enumerable.Range(0, channels).Select(channel =>
            {
                double mean = card.Mean[card.Mean.Length == 1 ? 0 : channel];
                double deviation = card.Std[card.Std.Length == 1 ? 0 : channel];
                return new PixelScaling((float)(card.Scale / deviation), (float)(-mean / deviation));
            }),
        ];
    }
}
