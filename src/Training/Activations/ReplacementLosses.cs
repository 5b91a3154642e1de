using Blindsight.Training.Data;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Optimization;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Activations;

/// <summary>
/// Estimates, for every channel of every activation and every polynomial, by how much the loss against the network's own present answers grows if that
/// channel alone is replaced: half the expected square of sum(g * (polynomial - present)), g the gradient for a label drawn from the network's answer
/// at the distillation's temperature. That is the second-order term with the Gauss-Newton matrix (Martens 2020, section 5); the first-order term of
/// agreement with oneself is zero. Uses batch statistics, and leaves the network as it was.
/// </summary>
internal sealed class ReplacementLosses
{
    private const int BatchImages = 128;

    private readonly Network _network;
    private readonly ActivationSites _sites;
    private readonly LabelledImages _images;
    private readonly TrainingOptions _options;
    private readonly Pass _pass;
    private readonly InputMoments[][] _moments;

    private ReplacementLosses(Network network, ActivationSites sites, LabelledImages images, TrainingOptions options)
    {
        (_network, _sites, _images, _options) = (network, sites, images, options);
        _pass = new Pass(new BatchSlices(options.Threads), BatchImages, IsTraining: true, KeepsAll: true);
        _moments = [.. sites.All.Select(site => Enumerable.Range(0, site.Layer.OutputShape.Channels).Select(_ => new InputMoments()).ToArray())];
    }

    /// <summary>By site and channel: what each kind costs, and the range of the channel's input.</summary>
    /// <param name="images">How many images to look at.</param>
    public static ChannelEstimate[][] Estimate(
        Network network, ActivationSites sites, LabelledImages data, int images, TrainingOptions options, CancellationToken cancellation)
    {
        Parameter[] statistics = [.. network.Parameters.Where(parameter => !parameter.IsTrained)];
        float[][] kept = [.. statistics.Select(parameter => parameter.Values.ToArray())];
        try
        {
            return new ReplacementLosses(network, sites, data, options).Run(Math.Max(1, Math.Min(images, data.Count) / BatchImages), cancellation);
        }
        finally
        {
            for (int i = 0; i < kept.Length; i++) kept[i].CopyTo(statistics[i].Values, 0);
        }
    }

    private ChannelEstimate[][] Run(int batches, CancellationToken cancellation)
    {
        for (int batch = 0; batch < batches; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            Forward(batch);
            ForEachChannel((site, channel) => Collect(site, channel));
        }
        ChannelEstimate[][] estimates =
        [
            .. _sites.All.Select((site, s) => _moments[s].Select(moments => new ChannelEstimate(moments, site.Layer.Source)).ToArray()),
        ];
        for (int batch = 0; batch < batches; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            BatchTensor output = Forward(batch);
            DrawGradients(batch, output);
            _network.Backward(_pass);
            ForEachChannel((site, channel) => Measure(site, channel, estimates[site][channel]));
        }
        foreach (ChannelEstimate estimate in estimates.SelectMany(site => site)) estimate.Divide(2.0 * batches * BatchImages);
        return estimates;
    }

    private BatchTensor Forward(int batch)
    {
        BatchTensor input = _network.Reserve(BatchImages);
        int[] order = BatchOrder.Of(_options.Seed, -1 - batch / Math.Max(1, _images.Count / BatchImages), _images.Count);
        int first = batch % Math.Max(1, _images.Count / BatchImages) * BatchImages;
        _pass.ForEachSlice(slice =>
        {
            for (int i = slice.First; i < slice.First + slice.Images; i++)
                default(ImagePlacement).Write(
                    _images.Shape, _images.PixelsOf(order[(first + i) % order.Length]), _images.Scaling, input.ValuesOf(i));
        });
        return _network.Forward(_pass);
    }

    /// <summary>The gradient of -log p(label) for a label drawn from p, so that the expected outer product is the Gauss-Newton matrix.</summary>
    private void DrawGradients(int batch, BatchTensor output)
    {
        using Arithmetic.Randomness.Prg prg = TrainingSeed.Stream(_options.Seed, "labels for curvature", (ulong)batch);
        float temperature = _options.DistillationTemperature;
        for (int image = 0; image < BatchImages; image++)
        {
            Span<float> gradient = output.GradientsOf(image);
            output.ValuesOf(image).CopyTo(gradient);
            foreach (ref float logit in gradient) logit /= temperature;
            CrossEntropy.Softmax(gradient);
            double drawn = prg.Below(1 << 24) / (double)(1 << 24);
            int label = 0;
            while (label < gradient.Length - 1 && (drawn -= gradient[label]) >= 0) label++;
            gradient[label] -= 1;
        }
    }

    private void Collect(int site, int channel)
    {
        ActivationSite at = _sites.All[site];
        Span<float> exact = stackalloc float[1024];
        for (int image = 0; image < BatchImages; image++)
        {
            ReadOnlySpan<float> x = Plane(_network.ValueOf(at.Input).Values, at.Layer, image, channel);
            for (; x.Length > 0; x = x[Math.Min(x.Length, exact.Length)..])
            {
                ReadOnlySpan<float> part = x[..Math.Min(x.Length, exact.Length)];
                ActivationLoops.Clamp(part, at.Layer.Low, at.Layer.High, exact);
                _moments[site][channel].Add(part, exact);
            }
        }
    }

    private void Measure(int site, int channel, ChannelEstimate estimate)
    {
        ActivationSite at = _sites.All[site];
        BatchTensor input = _network.ValueOf(at.Input), output = _network.ValueOf(at.Output);
        for (int image = 0; image < BatchImages; image++)
            estimate.Add(
                Plane(input.Values, at.Layer, image, channel), Plane(output.Gradients, at.Layer, image, channel),
                Plane(output.Values, at.Layer, image, channel));
    }

    private void ForEachChannel(Action<int, int> body)
    {
        for (int site = 0; site < _sites.All.Length; site++)
        {
            int at = site;
            _pass.Slices.For(_sites.All[site].Layer.OutputShape.Channels, channel => body(at, channel));
        }
    }

    private static ReadOnlySpan<float> Plane(float[] batch, ChannelActivationLayer layer, int image, int channel) =>
        batch.AsSpan(image * layer.OutputShape.Elements + channel * layer.OutputShape.Positions, layer.OutputShape.Positions);
}
