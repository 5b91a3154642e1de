using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Onnx;
using Blindsight.Training.Export;
using Blindsight.Training.Networks;
using Blindsight.Training.Tensors;

namespace Blindsight.Unit.Training.Networks;

public sealed class ArchitecturesTests
{
    /// <summary>Products and comparisons of Sonic's networks by their layer tables, maxima taken before ReLUs.</summary>
    [Theory]
    [InlineData("m1", 1, 28, 118_016, 256)]
    [InlineData("m2", 1, 28, 666_600, 10_340)]
    [InlineData("c1", 3, 32, 40_199_328, 124_688)]
    [InlineData("c2", 3, 32, 11_999_872, 76_480)]
    public void Sonics_networks_have_its_products_and_comparisons(string name, int channels, int side, long products, long comparisons)
    {
        using MemoryStream file = new();
        OnnxExporter.Write(Architectures.Create(name, new FeatureShape(channels, side, side), 10, seed: 1), name, file);
        Layer[] layers = [.. PlanCompiler.Lower(OnnxImporter.Import(file.ToArray(), name), "logits").Network.Layers];
        IEnumerable<ConvolutionGeometry> convolutions =
            layers.OfType<LinearLayer>().SelectMany(layer => layer.Terms).OfType<ConvolutionFloatTerm>().Select(term => term.Geometry);
        Assert.Equal(products, convolutions.Sum(g => (long)g.WeightElements * g.OutHeight * g.OutWidth));
        HashSet<int> pooled = [];
        long compared = 0;
        foreach (Layer layer in layers)
            if (layer is MaxPoolLayer { Geometry: var g } pool)
            {
                pooled.Add(pool.Output);
                compared += (long)g.OutElements * (g.KernelHeight * g.KernelWidth - 1);
            }
        foreach (ClampLayer relu in layers.OfType<ClampLayer>())
        {
            Assert.Equal((0f, float.PositiveInfinity), (relu.Low, relu.High));
            compared += Elements(layers, relu.Input);
            pooled.Remove(relu.Input);
        }
        Assert.Equal(comparisons, compared);
        Assert.Empty(pooled);
    }

    private static long Elements(Layer[] layers, int value) => layers.Single(layer => layer.Output == value) switch
    {
        MaxPoolLayer pool => pool.Geometry.OutElements,
        LinearLayer linear => ((ConvolutionFloatTerm)linear.Terms.Single()).Geometry is var g ? (long)g.OutChannels * g.OutHeight * g.OutWidth : 0,
        Layer other => throw new InvalidOperationException($"{other.Name} before a ReLU"),
    };
}
