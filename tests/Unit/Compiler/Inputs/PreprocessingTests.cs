using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Unit.Compiler.Inputs;

public class PreprocessingTests
{
    private static readonly SampleSet Planes = new("x", 1, [3, 1, 2], [0, 51, 102, 153, 204, 255], null);

    [Fact]
    public void Bytes_without_a_card_are_divided_by_255() =>
        Assert.Equal([0, 0.2f, 0.4f, 0.6f, 0.8f, 1], Preprocessing.Apply(Planes, 0, InputCard.None, [1, 3, 1, 2]).Data);

    [Fact]
    public void Floats_without_a_card_are_taken_as_they_are() =>
        Assert.Equal([7f, 8f], Preprocessing.Apply(new("x", 1, [2], null, [7, 8]), 0, InputCard.None, [1, 2]).Data);

    [Fact]
    public void A_card_orders_scales_and_shifts_channels()
    {
        InputCard card = new("bgr", 1, [4, 2, 0], [1, 1, 51], "nchw", []);
        Assert.Equal([200, 251, 100, 151, 0, 1], Preprocessing.Apply(Planes, 0, card, [1, 3, 1, 2]).Data);
    }

    [Fact]
    public void A_model_with_channels_last_gets_them_last()
    {
        float[] expected = [0, 0.4f, 0.8f, 0.2f, 0.6f, 1];
        Assert.Equal(expected, Preprocessing.Apply(Planes, 0, InputCard.None, [1, 1, 2, 3]).Data);
        Assert.Equal(expected, Preprocessing.Apply(Planes, 0, InputCard.None with { Layout = "nhwc" }, [1, 6]).Data);
    }

    [Fact]
    public void Data_with_channels_last_is_turned()
    {
        SampleSet last = new("x", 1, [1, 2, 3], [0, 102, 204, 51, 153, 255], null, ChannelsLast: true);
        Assert.Equal([0, 0.2f, 0.4f, 0.6f, 0.8f, 1], Preprocessing.Apply(last, 0, InputCard.None, [1, 3, 1, 2]).Data);
    }

    [Fact]
    public void One_sample_without_a_row_axis_is_a_row()
    {
        SampleSet picture = new("x", 2, [3], [0, 51, 102, 153, 204, 255], null);
        Assert.Equal(6, Preprocessing.Apply(picture, 0, InputCard.None, [1, 1, 2, 3]).Data.Length);
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        Assert.Throws<InputException>(() => Preprocessing.Apply(Planes, 0, InputCard.None, [1, 5]));
        Assert.Throws<InputException>(() => Preprocessing.Apply(Planes, 1, InputCard.None, [1, 6]));
        Assert.Throws<InputException>(() => Preprocessing.Apply(Planes, 0, new("rgb", 1, [1, 2], [1], "nchw", []), [1, 6]));
    }
}
