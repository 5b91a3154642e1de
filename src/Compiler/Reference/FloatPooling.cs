using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Pooling in floats over any number of spatial axes.</summary>
internal static class FloatPooling
{
    public static void Max(MaxPoolOperator pool, FloatTensor x, ImmutableArray<int> shape, float[] y)
    {
        WindowWalk walk = new(pool.Kernel, pool.Strides, pool.Pads, pool.Dilations, x.Shape[2..], shape[2..]);
        Run(walk, x, y, image =>
        {
            float largest = float.NegativeInfinity;
            foreach (int at in walk.Inside) largest = MathF.Max(largest, x.Data[image + at]);
            return largest;
        });
    }

    public static void Average(AveragePoolOperator pool, FloatTensor x, ImmutableArray<int> shape, float[] y)
    {
        WindowWalk walk = new(pool.Kernel, pool.Strides, pool.Pads, pool.Dilations, x.Shape[2..], shape[2..]);
        Run(walk, x, y, image =>
        {
            double sum = 0;
            foreach (int at in walk.Inside) sum += x.Data[image + at];
            return (float)(sum / (pool.IncludePad ? walk.InsidePadded : walk.Inside.Length));
        });
    }

    private static void Run(WindowWalk walk, FloatTensor x, float[] y, Func<int, float> combine)
    {
        int images = x.Shape[0] * x.Shape[1], inSize = x.Data.Length / images, outSize = y.Length / images;
        for (int position = 0; position < outSize; position++)
        {
            walk.MoveTo(position);
            for (int image = 0; image < images; image++) y[image * outSize + position] = combine(image * inSize);
        }
    }
}
