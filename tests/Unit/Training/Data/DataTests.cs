using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Training;
using Blindsight.Training.Data;
using Blindsight.Training.Tensors;

namespace Blindsight.Unit.Training.Data;

public class DataTests
{
    private static readonly InputCard Card = new("rgb", 0.5, [1, 2], [4, 8], "nchw", []);

    [Fact]
    public void Features_are_those_of_the_products_preprocessing()
    {
        byte[] pixels = [.. Enumerable.Range(0, 24).Select(i => (byte)(10 * i))];
        foreach (InputCard card in new[] { Card, InputCard.None, Card with { Mean = [3], Std = [5] } })
        {
            LabelledImages images = new(new FeatureShape(2, 2, 3), pixels, [0, 1], 2, card);
            SampleSet samples = new("test", 2, [2, 2, 3], pixels, null);
            for (int image = 0; image < 2; image++)
            {
                float[] features = new float[12];
                default(ImagePlacement).Write(images.Shape, images.PixelsOf(image), images.Scaling, features);
                float[] expected = Preprocessing.Apply(samples, image, card, [1, 2, 2, 3]).Data;
                for (int i = 0; i < 12; i++) Assert.Equal(expected[i], features[i], 1e-5f);
            }
        }
    }

    [Fact]
    public void A_placement_moves_and_mirrors()
    {
        byte[] pixels = [1, 2, 3, 4, 5, 6];
        float[] features = new float[6];
        PixelScaling[] scaling = [new PixelScaling(1, 0)];
        new ImagePlacement(Down: 1, Right: -1, Mirrored: false).Write(new FeatureShape(1, 2, 3), pixels, scaling, features);
        Assert.Equal([0f, 0, 0, 2, 3, 0], features);
        new ImagePlacement(Down: 0, Right: 1, Mirrored: true).Write(new FeatureShape(1, 2, 3), pixels, scaling, features);
        Assert.Equal([0f, 3, 2, 0, 6, 5], features);
    }

    [Fact]
    public void Placements_cover_their_range_and_nothing_else()
    {
        TrainingOptions options = new() { ShiftPixelsMax = 2, Flip = true };
        using Prg prg = TrainingSeed.Stream(1, "test", 0);
        HashSet<ImagePlacement> seen = [.. Enumerable.Range(0, 2000).Select(_ => ImagePlacement.Draw(options, prg))];
        Assert.Equal(5 * 5 * 2, seen.Count);
        Assert.All(seen, placement => Assert.True(Math.Abs(placement.Down) <= 2 && Math.Abs(placement.Right) <= 2));
        Assert.Equal(default, ImagePlacement.Draw(new TrainingOptions(), prg));
    }

    [Fact]
    public void An_epochs_order_is_a_permutation_of_its_own()
    {
        int[] order = BatchOrder.Of(seed: 5, epoch: 0, images: 1000);
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.Equal(order, BatchOrder.Of(5, 0, 1000));
        Assert.NotEqual(order, BatchOrder.Of(5, 1, 1000));
        Assert.NotEqual(order, BatchOrder.Of(6, 0, 1000));
    }

    [Fact]
    public void Images_that_are_held_out_come_evenly_from_the_whole_file()
    {
        byte[] pixels = [.. Enumerable.Range(0, 10).Select(i => (byte)i)];
        LabelledImages images = new(new FeatureShape(1, 1, 1), pixels, [.. Enumerable.Range(0, 10)], 10, Card with { Mean = [1], Std = [4] });
        (LabelledImages kept, LabelledImages heldOut) = images.HoldOut(3);
        Assert.Equal([2, 5, 8], heldOut.Labels);
        Assert.Equal([2, 5, 8], heldOut.Pixels);
        Assert.Equal([0, 1, 3, 4, 6, 7, 9], kept.Labels);
        Assert.Equal([0, 1, 3, 4, 6, 7, 9], kept.Pixels);
        Assert.Equal(images.Scaling, kept.Scaling);
        Assert.Equal(images.Scaling, heldOut.Scaling);
    }

    [Fact]
    public void Data_that_does_not_fit_together_is_refused()
    {
        FeatureShape shape = new(2, 2, 2);
        Assert.Throws<ParameterException>(() => new LabelledImages(shape, new byte[15], [0, 1], 2, Card));
        Assert.Throws<ParameterException>(() => new LabelledImages(shape, new byte[16], [0, 2], 2, Card));
        Assert.Throws<ParameterException>(() => new LabelledImages(shape, new byte[16], [0, -1], 2, Card));
        Assert.Throws<ParameterException>(() => new LabelledImages(shape, new byte[16], [0, 1], 2, Card with { Mean = [1, 2, 3] }));
        Assert.Throws<ParameterException>(() => new LabelledImages(shape, new byte[16], [0, 1], 2, Card with { Layout = "nhwc" }));
    }
}
