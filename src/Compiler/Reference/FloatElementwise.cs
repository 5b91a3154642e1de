using System.Collections.Immutable;
using Blindsight.Compiler.Graphs;

namespace Blindsight.Compiler.Reference;

/// <summary>Element-wise operators in floats.</summary>
internal static class FloatElementwise
{
    public static void Binary(BinaryKind kind, FloatTensor left, FloatTensor right, ImmutableArray<int> shape, float[] y)
    {
        float[] a = Strided.Expand(left.Data, left.Shape, shape, y.Length), b = Strided.Expand(right.Data, right.Shape, shape, y.Length);
        switch (kind)
        {
            case BinaryKind.Add: for (int i = 0; i < y.Length; i++) y[i] = a[i] + b[i]; break;
            case BinaryKind.Sub: for (int i = 0; i < y.Length; i++) y[i] = a[i] - b[i]; break;
            case BinaryKind.Mul: for (int i = 0; i < y.Length; i++) y[i] = a[i] * b[i]; break;
            case BinaryKind.Div: for (int i = 0; i < y.Length; i++) y[i] = a[i] / b[i]; break;
            case BinaryKind.Min: for (int i = 0; i < y.Length; i++) y[i] = MathF.Min(a[i], b[i]); break;
            case BinaryKind.Max: for (int i = 0; i < y.Length; i++) y[i] = MathF.Max(a[i], b[i]); break;
            case BinaryKind.Pow: for (int i = 0; i < y.Length; i++) y[i] = MathF.Pow(a[i], b[i]); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    public static void Unary(UnaryKind kind, float[] x, float[] y)
    {
        switch (kind)
        {
            case UnaryKind.Negate: for (int i = 0; i < y.Length; i++) y[i] = -x[i]; break;
            case UnaryKind.Square: for (int i = 0; i < y.Length; i++) y[i] = x[i] * x[i]; break;
            case UnaryKind.Relu: for (int i = 0; i < y.Length; i++) y[i] = MathF.Max(x[i], 0); break;
            case UnaryKind.Sigmoid: for (int i = 0; i < y.Length; i++) y[i] = 1 / (1 + MathF.Exp(-x[i])); break;
            case UnaryKind.Tanh: for (int i = 0; i < y.Length; i++) y[i] = MathF.Tanh(x[i]); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    public static void Clip(ClipOperator clip, float[] x, float[] y)
    {
        for (int i = 0; i < y.Length; i++) y[i] = MathF.Min(MathF.Max(x[i], clip.Low), clip.High);
    }

    /// <summary>Polynomials by Horner's rule, in floats.</summary>
    public static void Channels(ChannelActivationOperator activation, ImmutableArray<int> shape, float[] x, float[] y)
    {
        int channels = activation.Channels.Length, positions = y.Length / shape[0] / channels;
        for (int start = 0, block = 0; start < y.Length; start += positions, block++)
        {
            ChannelFunction f = activation.Channels[block % channels];
            for (int i = start; i < start + positions; i++)
                y[i] = f.IsClamp ? MathF.Min(MathF.Max(x[i], activation.Low), activation.High)
                    : ((f.C3 * x[i] + f.C2) * x[i] + f.C1) * x[i] + f.C0;
        }
    }

    public static void LeakyRelu(float slope, float[] x, float[] y)
    {
        for (int i = 0; i < y.Length; i++) y[i] = x[i] >= 0 ? x[i] : slope * x[i];
    }

    public static void PRelu(FloatTensor x, FloatTensor slopes, float[] y)
    {
        float[] slope = Strided.Expand(slopes.Data, slopes.Shape, x.Shape, y.Length);
        for (int i = 0; i < y.Length; i++) y[i] = x.Data[i] >= 0 ? x.Data[i] : slope[i] * x.Data[i];
    }
}
