using Blindsight.Training.Tensors;

namespace Blindsight.Training.Layers;

/// <summary>
/// A box of the input at regular steps, zero where it sticks out: ONNX's Slice and Pad, of which shortcuts without
/// weights are made (He et al., 2016, option A).
/// </summary>
internal sealed class RegionLayer(FeatureShape input, FeatureShape output, RegionAxis channels, RegionAxis rows, RegionAxis columns)
    : Layer
{
    public FeatureShape InputShape { get; } = input;
    public RegionAxis Channels { get; } = channels;
    public RegionAxis Rows { get; } = rows;
    public RegionAxis Columns { get; } = columns;
    public override FeatureShape OutputShape { get; } = output;
    public override string Describe() => $"region {InputShape} to {OutputShape} {Channels} {Rows} {Columns}";

    public override void Forward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output) =>
        pass.ForEachSlice(slice =>
        {
            output.ValuesOf(slice.First, slice.Images).Clear();
            ForEachRow(slice, (source, target) => Read(inputs[0].Values, source, output.Values, target));
        });

    public override void Backward(Pass pass, IReadOnlyList<BatchTensor> inputs, BatchTensor output)
    {
        if (!inputs[0].NeedsGradients) return;
        pass.ForEachSlice(slice => ForEachRow(slice, (source, target) => AddBack(inputs[0].Gradients, source, output.Gradients, target)));
    }

    protected override Layer Fresh() => new RegionLayer(InputShape, OutputShape, Channels, Rows, Columns);

    /// <summary>Calls back with the places of an input row and of the output row that reads it.</summary>
    private void ForEachRow(BatchSlice slice, Action<int, int> body)
    {
        for (int image = slice.First; image < slice.First + slice.Images; image++)
            for (int channel = 0; channel < OutputShape.Channels; channel++)
                for (int y = 0; y < OutputShape.Height; y++)
                {
                    int inChannel = Channels.At(channel), inY = Rows.At(y);
                    if ((uint)inChannel >= (uint)InputShape.Channels || (uint)inY >= (uint)InputShape.Height) continue;
                    body(
                        image * InputShape.Elements + (inChannel * InputShape.Height + inY) * InputShape.Width,
                        image * OutputShape.Elements + (channel * OutputShape.Height + y) * OutputShape.Width);
                }
    }

    private void Read(float[] input, int source, float[] output, int target)
    {
        for (int x = 0; x < OutputShape.Width; x++)
        {
            int inX = Columns.At(x);
            if ((uint)inX < (uint)InputShape.Width) output[target + x] = input[source + inX];
        }
    }

    private void AddBack(float[] inputGradients, int source, float[] gradients, int target)
    {
        for (int x = 0; x < OutputShape.Width; x++)
        {
            int inX = Columns.At(x);
            if ((uint)inX < (uint)InputShape.Width) inputGradients[source + inX] += gradients[target + x];
        }
    }
}

/// <summary>One axis of a region: output index i is input index Start + i * Step.</summary>
/// <param name="Start">Negative where the region begins outside.</param>
/// <param name="Step">At least 1.</param>
internal readonly record struct RegionAxis(int Start, int Step)
{
    public int At(int index) => Start + index * Step;
}
