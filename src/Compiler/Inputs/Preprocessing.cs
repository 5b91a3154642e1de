using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Inputs;

/// <summary>Turns rows of a data file into inputs of a model, as its card says.</summary>
public static class Preprocessing
{
    /// <summary>
    /// The input for one row: (pixel * Scale - Mean[c]) / Std[c] with channels in the card's order, laid out as the model
    /// takes it. Data files hold RGB; a model whose shape ends in 1 or 3 channels takes them last, as does layout nhwc.
    /// </summary>
    /// <param name="inputShape">The model's input, with or without batch; as many elements as a row.</param>
    /// <exception cref="InputException">The row does not fit the model or the card.</exception>
    public static FloatTensor Apply(SampleSet samples, int row, InputCard card, ImmutableArray<int> inputShape)
    {
        int elements = FloatTensor.Count(inputShape);
        if (samples.Elements != elements && (long)samples.Count * samples.Elements == elements) samples = samples.AsOneRow();
        if (samples.Elements != elements)
            throw new InputException(samples.File, "", $"rows of {samples.Elements} elements; the model's input "
                + $"[{string.Join(", ", inputShape)}] has {elements}");
        float[] values = samples.Row(row);
        (int channels, int area) = Planes(samples);
        if (samples.ChannelsLast) values = Turn(values, area, channels);
        if (card.ChannelOrder == "bgr" && channels == 3) values = [.. values[(2 * area)..], .. values[area..(2 * area)], .. values[..area]];
        Normalise(samples, card, values, channels, area);
        bool modelChannelsLast = channels is 1 or 3 && area > 1 && (card.Layout == "nhwc" || EndsInChannels(inputShape, channels));
        return new(inputShape, modelChannelsLast ? Turn(values, channels, area) : values);
    }

    /// <summary>The inputs for some rows, as a model with one input takes them: a tensor for each row.</summary>
    /// <exception cref="InputException">A row does not fit the model or the card, or has a value that is not a finite number.</exception>
    public static FloatTensor[][] Apply(SampleSet samples, IEnumerable<int> rows, InputCard card, ImmutableArray<int> inputShape) =>
        [.. rows.Select(row => new[] { Finite(Apply(samples, row, card, inputShape), samples, row) })];

    private static FloatTensor Finite(FloatTensor input, SampleSet samples, int row) => input.Data.All(float.IsFinite)
        ? input : throw new InputException(samples.File, $"row {row}", "a value that is not a finite number");

    private static void Normalise(SampleSet samples, InputCard card, float[] values, int channels, int area)
    {
        if (card.Mean.Length == 0)
        {
            if (samples.Bytes is not null)
                for (int i = 0; i < values.Length; i++) values[i] /= 255;
            return;
        }
        foreach (int entries in new[] { card.Mean.Length, card.Std.Length })
            if (entries != 1 && entries != channels)
                throw new InputException(samples.File, "", $"rows of {channels} channels; the card's mean or std has {entries} entries");
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i / area;
            double mean = card.Mean[card.Mean.Length == 1 ? 0 : channel], std = card.Std[card.Std.Length == 1 ? 0 : channel];
            values[i] = (float)((values[i] * card.Scale - mean) / std);
        }
    }

    /// <summary>Channels and elements of each: images have up to three axes, rows of features one channel an element.</summary>
    private static (int Channels, int Area) Planes(SampleSet samples)
    {
        int channels = samples.Shape.Length switch
        {
            1 => samples.Shape[0],
            3 => samples.ChannelsLast ? samples.Shape[2] : samples.Shape[0],
            _ => 1,
        };
        return (channels, samples.Elements / Math.Max(1, channels));
    }

    private static bool EndsInChannels(ImmutableArray<int> shape, int channels)
    {
        ImmutableArray<int> row = shape.Length == 4 && shape[0] == 1 ? shape[1..] : shape;
        return row.Length == 3 && row[2] == channels && row[0] != channels;
    }

    /// <summary>The transpose of a rows x columns matrix.</summary>
    private static float[] Turn(float[] values, int rows, int columns)
    {
        float[] turned = new float[values.Length];
        for (int i = 0; i < values.Length; i++) turned[i % columns * rows + i / columns] = values[i];
        return turned;
    }
}
