using System.Numerics;
using System.Runtime.CompilerServices;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Compiler.Reference;

/// <summary>
/// Convolution in clear numbers, for the references: integers modulo 2^32 or floats. Patches of the input become a matrix,
/// and each output channel is a row of weights times it.
/// </summary>
internal static class Convolution
{
    /// <summary>Below this many positions, products run along the patch instead of along the positions.</summary>
    private const int FewPositions = 16;

    /// <summary>sum += convolution(input, weights).</summary>
    /// <param name="sum">OutChannels x OutHeight x OutWidth.</param>
    public static void Accumulate<T>(ConvolutionGeometry g, ReadOnlySpan<T> input, ReadOnlySpan<T> weights, Span<T> sum)
        where T : unmanaged, INumberBase<T>
    {
        int positions = g.OutHeight * g.OutWidth;
        int inChannels = g.InChannels / g.Groups, outChannels = g.OutChannels / g.Groups;
        int inSize = inChannels * g.InHeight * g.InWidth;
        bool plain = g is { KernelHeight: 1, KernelWidth: 1, StrideHeight: 1, StrideWidth: 1 }
            && positions == g.InHeight * g.InWidth && g.PadTop == 0 && g.PadLeft == 0;
        T[] patches = plain && (positions == 1 || positions >= FewPositions) ? [] : new T[g.FanIn * positions];
        for (int group = 0; group < g.Groups; group++)
        {
            ReadOnlySpan<T> image = input.Slice(group * inSize, inSize);
            ReadOnlySpan<T> rows = weights.Slice(group * outChannels * g.FanIn, outChannels * g.FanIn);
            Span<T> outputs = sum.Slice(group * outChannels * positions, outChannels * positions);
            ReadOnlySpan<T> matrix = patches.Length == 0 ? image : patches;
            if (positions >= FewPositions)
            {
                if (patches.Length > 0) Gather(g, inChannels, image, patches, positions, 1);
                for (int channel = 0; channel < outChannels; channel++)
                    AlongPositions(rows.Slice(channel * g.FanIn, g.FanIn), matrix, outputs.Slice(channel * positions, positions));
            }
            else
            {
                if (patches.Length > 0) Gather(g, inChannels, image, patches, 1, g.FanIn);
                for (int channel = 0; channel < outChannels; channel++)
                    for (int position = 0; position < positions; position++)
                        outputs[channel * positions + position] +=
                            Dot(rows.Slice(channel * g.FanIn, g.FanIn), matrix.Slice(position * g.FanIn, g.FanIn));
            }
        }
    }

    /// <summary>Writes patch element k of position p at patches[k * elementStride + p * positionStride].</summary>
    private static void Gather<T>(
        ConvolutionGeometry g, int channels, ReadOnlySpan<T> image, Span<T> patches, int elementStride, int positionStride)
        where T : unmanaged, INumberBase<T>
    {
        int outHeight = g.OutHeight, outWidth = g.OutWidth, k = 0;
        for (int channel = 0; channel < channels; channel++)
            for (int ky = 0; ky < g.KernelHeight; ky++)
                for (int kx = 0; kx < g.KernelWidth; kx++, k++)
                    for (int y = 0; y < outHeight; y++)
                    {
                        int row = y * g.StrideHeight + ky * g.DilationHeight - g.PadTop;
                        int at = k * elementStride + y * outWidth * positionStride;
                        int column = kx * g.DilationWidth - g.PadLeft;
                        bool inside = (uint)row < (uint)g.InHeight;
                        int start = (channel * g.InHeight + row) * g.InWidth;
                        for (int x = 0; x < outWidth; x++, column += g.StrideWidth, at += positionStride)
                            patches[at] = inside && (uint)column < (uint)g.InWidth ? image[start + column] : T.Zero;
                    }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AlongPositions<T>(ReadOnlySpan<T> weights, ReadOnlySpan<T> matrix, Span<T> sum)
        where T : unmanaged, INumberBase<T>
    {
        int width = Vector<T>.Count, positions = sum.Length, p = 0;
        for (; p <= positions - 4 * width; p += 4 * width)
        {
            Span<T> target = sum[p..];
            Vector<T> s0 = new(target), s1 = new(target[width..]), s2 = new(target[(2 * width)..]), s3 = new(target[(3 * width)..]);
            for (int k = 0; k < weights.Length; k++)
            {
                Vector<T> weight = new(weights[k]);
                ReadOnlySpan<T> row = matrix.Slice(k * positions + p, 4 * width);
                s0 += weight * new Vector<T>(row);
                s1 += weight * new Vector<T>(row[width..]);
                s2 += weight * new Vector<T>(row[(2 * width)..]);
                s3 += weight * new Vector<T>(row[(3 * width)..]);
            }
            s0.CopyTo(target);
            s1.CopyTo(target[width..]);
            s2.CopyTo(target[(2 * width)..]);
            s3.CopyTo(target[(3 * width)..]);
        }
        for (; p <= positions - width; p += width)
        {
            Vector<T> s = new(sum[p..]);
            for (int k = 0; k < weights.Length; k++) s += new Vector<T>(weights[k]) * new Vector<T>(matrix[(k * positions + p)..]);
            s.CopyTo(sum[p..]);
        }
        for (; p < positions; p++)
            for (int k = 0; k < weights.Length; k++) sum[p] += weights[k] * matrix[k * positions + p];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : unmanaged, INumberBase<T>
    {
        Vector<T> sum = Vector<T>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<T>.Count; i += Vector<T>.Count) sum += new Vector<T>(a[i..]) * new Vector<T>(b[i..]);
        T total = Vector.Sum(sum);
        for (; i < a.Length; i++) total += a[i] * b[i];
        return total;
    }
}
