using System.Security.Cryptography;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Training.Tensors;

namespace Blindsight.Training.Data;

/// <summary>Images of bytes, laid out channel, row, column, one after the other, and the class of each.</summary>
public sealed class LabelledImages
{
    /// <param name="card">How pixels become features; channels stay in the order of the data.</param>
    /// <exception cref="ParameterException">Pixels, labels, shape, classes and card do not fit together.</exception>
    public LabelledImages(FeatureShape shape, byte[] pixels, int[] labels, int classes, InputCard card)
        : this(shape, pixels, labels, classes, PixelScaling.Of(card, shape.Channels))
    {
        if ((long)shape.Elements * labels.Length != pixels.Length)
            throw new ParameterException($"{pixels.Length} pixels are not {labels.Length} images of {shape}.");
        int misfit = Array.FindIndex(labels, label => label < 0 || label >= classes);
        if (misfit >= 0)
            throw new ParameterException($"Labels of {classes} classes are 0 to {classes - 1}; image {misfit} has {labels[misfit]}.");
        if (card.ChannelOrder != "rgb" || card.Layout != "nchw")
            throw new ParameterException("Training takes cards of channel_order rgb and layout nchw.");
    }

    private LabelledImages(FeatureShape shape, byte[] pixels, int[] labels, int classes, PixelScaling[] scaling)
    {
        Shape = shape;
        Pixels = pixels;
        Labels = labels;
        Classes = classes;
        Scaling = scaling;
    }

    public FeatureShape Shape { get; }
    public int Count => Labels.Length;
    public int Classes { get; }
    internal byte[] Pixels { get; }
    internal int[] Labels { get; }
    internal PixelScaling[] Scaling { get; }

    /// <summary>Reads images and labels from the files that <see cref="SampleReader"/> reads.</summary>
    /// <param name="labelsPath">The labels' file, or null where the images' file holds them (CIFAR-10).</param>
    /// <exception cref="InputException">A file cannot be read, or holds no bytes of images.</exception>
    /// <exception cref="ParameterException">As the constructor.</exception>
    public static LabelledImages Read(string imagesPath, string? labelsPath, int classes, InputCard card)
    {
        SampleSet samples = SampleReader.Read(imagesPath);
        if (samples.Bytes is null || samples.ChannelsLast || samples.Shape.Length != 3)
            throw new InputException(imagesPath, "", "not a set of images of bytes with a plane for each channel");
        FeatureShape shape = new(samples.Shape[0], samples.Shape[1], samples.Shape[2]);
        int[] labels = labelsPath is not null ? SampleReader.ReadLabels(labelsPath)
            : samples.Labels ?? throw new InputException(imagesPath, "", "holds no labels; give a file of them");
        return new LabelledImages(shape, samples.Bytes, labels, classes, card);
    }

    /// <summary>Every so many-th image apart from the others: files are often sorted by class.</summary>
    public (LabelledImages Kept, LabelledImages HeldOut) HoldOut(int every)
    {
        ILookup<bool, int> images = Enumerable.Range(0, Count).ToLookup(image => image % every == every - 1);
        return (Of(images[false]), Of(images[true]));
    }

    /// <summary>The pixels of one image.</summary>
    public ReadOnlySpan<byte> PixelsOf(int image) => Pixels.AsSpan(image * Shape.Elements, Shape.Elements);

    /// <summary>The class of one image.</summary>
    public int LabelOf(int image) => Labels[image];

    /// <summary>A digest of everything that features and labels depend on.</summary>
    internal byte[] Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string facts = $"{Shape} {Count} {Classes} {string.Join(" ", Scaling)}";
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(facts));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Labels.AsSpan()));
        hash.AppendData(Pixels);
        return hash.GetHashAndReset();
    }

    private LabelledImages Of(IEnumerable<int> images)
    {
        int[] chosen = [.. images];
        byte[] pixels = new byte[chosen.Length * Shape.Elements];
        for (int i = 0; i < chosen.Length; i++) PixelsOf(chosen[i]).CopyTo(pixels.AsSpan(i * Shape.Elements));
        return new(Shape, pixels, Array.ConvertAll(chosen, image => Labels[image]), Classes, Scaling);
    }
}
