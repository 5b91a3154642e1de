using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Unit.Compiler.Inputs;

public class ModelCardTests
{
    [Fact]
    public void A_card_gives_every_key()
    {
        InputCard card = Parse("channel_order: bgr\nscale: 0.5\nmean: [1, 2, 3.5]\nstd: [4]\nlayout: nhwc\nclasses: names.txt\n");
        Assert.Equal(("bgr", 0.5, "nhwc"), (card.ChannelOrder, card.Scale, card.Layout));
        Assert.Equal<double>([1, 2, 3.5], [.. card.Mean]);
        Assert.Equal<double>([4.0], [.. card.Std]);
        Assert.Equal<string>(["one", "two"], [.. card.Classes]);
    }

    [Fact]
    public void A_card_without_numbers_asks_for_no_preprocessing()
    {
        Assert.Empty(Parse("classes: names.txt").Mean);
        Assert.Empty(Parse("").Std);
        Assert.Equal<double>([0.0], [.. Parse("scale: 2").Mean]);
    }

    [Theory]
    [InlineData("means: [1]")]
    [InlineData("mean: [one]")]
    [InlineData("mean: []")]
    [InlineData("mean: [[1]]")]
    [InlineData("std: [0]")]
    [InlineData("scale: .nan")]
    [InlineData("scale: [1, 2]")]
    [InlineData("channel_order: grb")]
    [InlineData("layout: chw")]
    [InlineData("scale: 1\nscale: 2")]
    [InlineData("- 1")]
    [InlineData("scale: &a 1\nmean: *a")]
    [InlineData("scale: {a: 1}")]
    [InlineData("scale: 'x")]
    [InlineData("---\nscale: 1\n---\nscale: 2")]
    public void Anything_else_is_refused(string text) => Assert.Throws<InputException>(() => Parse(text));

    [Fact]
    public void Deep_nesting_is_refused_without_recursion() => Assert.Throws<InputException>(() => Parse("mean: " + new string('[', 60_000)));

    private static InputCard Parse(string text) => ModelCard.Parse(text, "card.yaml", _ => "one\n two \n\n");
}
