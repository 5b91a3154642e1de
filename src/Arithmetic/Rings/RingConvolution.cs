using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Tensors;

namespace Blindsight.Arithmetic.Rings;

/// <summary>
/// Convolution of ring elements by small signed weights, or by ring elements, modulo 2^32: AVX-512, AVX2 and scalar paths. Time depends
/// on the geometry only.
/// </summary>
public static unsafe class RingConvolution
{
    /// <summary>Below this many positions, products run along the fan-in instead of along the positions.</summary>
    private const int FewPositions = 8;

    /// <summary>output = weights * input modulo 2^32, replacing what output held; no overlap.</summary>
    /// <param name="g">The layer.</param>
    /// <param name="input">InChannels x InHeight x InWidth.</param>
    /// <param name="weights">As <see cref="ConvolutionGeometry"/> lays them out.</param>
    /// <param name="output">OutChannels x OutHeight x OutWidth.</param>
    /// <exception cref="ArgumentException">A span has not the geometry's length.</exception>
    public static void Convolve(
        ConvolutionGeometry g, ReadOnlySpan<uint> input, ReadOnlySpan<short> weights, Span<uint> output)
    {
        if (RingLane16.IsSupported) Convolve<RingLane16>(g, input, weights, output);
        else if (RingLane8.IsSupported) Convolve<RingLane8>(g, input, weights, output);
        else Convolve<RingLane1>(g, input, weights, output);
    }

    /// <inheritdoc cref="Convolve(ConvolutionGeometry, ReadOnlySpan{uint}, ReadOnlySpan{short}, Span{uint})"/>
    public static void Convolve(
        ConvolutionGeometry g, ReadOnlySpan<uint> input, ReadOnlySpan<uint> weights, Span<uint> output)
    {
        if (RingLane16.IsSupported) Convolve<RingLane16, uint>(g, input, weights, output);
        else if (RingLane8.IsSupported) Convolve<RingLane8, uint>(g, input, weights, output);
        else Convolve<RingLane1, uint>(g, input, weights, output);
    }

    internal static void Convolve<T>(
        ConvolutionGeometry g, ReadOnlySpan<uint> input, ReadOnlySpan<short> weights, Span<uint> output)
        where T : unmanaged, IRingLane<T> => Convolve<T, short>(g, input, weights, output);

    /// <typeparam name="TWeight">short or uint.</typeparam>
    internal static void Convolve<T, TWeight>(
        ConvolutionGeometry g, ReadOnlySpan<uint> input, ReadOnlySpan<TWeight> weights, Span<uint> output)
        where T : unmanaged, IRingLane<T> where TWeight : unmanaged
    {
        if (input.Length != g.InElements || weights.Length != g.WeightElements || output.Length != g.OutElements)
            throw new ArgumentException("Input, weights and output have the geometry's lengths.");
        if (g is { InHeight: 1, InWidth: 1, OutHeight: 1, OutWidth: 1, KernelHeight: 1, KernelWidth: 1, PadTop: 0, PadLeft: 0 })
            AlongFanIn<T, TWeight>(g, 0, 1, input, weights, output);
        else
        {
            using StridePlanes planes = new(g, input);
            fixed (int* offsets = planes.Offsets())
                if (g.OutHeight * g.OutWidth < FewPositions) FewOutputs<T, TWeight>(g, planes, offsets, weights, output);
                else ManyOutputs<T, TWeight>(g, planes, offsets, weights, output);
        }
    }

    private static void ManyOutputs<T, TWeight>(
        ConvolutionGeometry g, StridePlanes planes, int* offsets, ReadOnlySpan<TWeight> weights, Span<uint> output)
        where T : unmanaged, IRingLane<T> where TWeight : unmanaged
    {
        const int Rows = RingKernel<RingLane1>.Rows;
        int tile = RingKernel<T>.TilePositions, stride = (planes.Positions + tile - 1) / tile * tile;
        int groupOut = g.OutChannels / g.Groups, groupElements = g.InChannels / g.Groups * planes.ChannelElements;
        using AlignedBuffer<uint> packed = new(g.FanIn * Rows), sums = new(Rows * stride);
        for (int first = 0; first < g.OutChannels;)
        {
            int group = first / groupOut, rows = Math.Min(Rows, (group + 1) * groupOut - first);
            ReadOnlySpan<TWeight> some = weights.Slice(first * g.FanIn, rows * g.FanIn);
            if (typeof(TWeight) == typeof(uint)) WeightColumns.Interleave(MemoryMarshal.Cast<TWeight, uint>(some), rows, g.FanIn, packed.Span);
            else WeightColumns.Interleave(MemoryMarshal.Cast<TWeight, short>(some), rows, g.FanIn, packed.Span);
            uint* elements = planes.Elements.Pointer + group * groupElements;
            if (rows == 1) RingKernel<T>.OneRow(elements, offsets, g.FanIn, packed.Pointer, sums.Pointer, planes.Positions);
            else RingKernel<T>.FourRows(elements, offsets, g.FanIn, packed.Pointer, sums.Pointer, stride, planes.Positions);
            for (int row = 0; row < rows; row++)
                for (int y = 0; y < g.OutHeight; y++)
                    sums.Span.Slice(row * stride + y * planes.Width, g.OutWidth)
                        .CopyTo(output[(((first + row) * g.OutHeight + y) * g.OutWidth)..]);
            first += rows;
        }
    }

    private static void FewOutputs<T, TWeight>(
        ConvolutionGeometry g, StridePlanes planes, int* offsets, ReadOnlySpan<TWeight> weights, Span<uint> output)
        where T : unmanaged, IRingLane<T> where TWeight : unmanaged
    {
        int positions = g.OutHeight * g.OutWidth, groupElements = g.InChannels / g.Groups * planes.ChannelElements;
        using AlignedBuffer<uint> patch = new(g.FanIn * g.Groups);
        for (int position = 0; position < positions; position++)
        {
            uint* elements = planes.Elements.Pointer + position / g.OutWidth * planes.Width + position % g.OutWidth;
            for (int i = 0; i < patch.Length; i++)
                patch.Pointer[i] = elements[i / g.FanIn * groupElements + offsets[i % g.FanIn]];
            AlongFanIn<T, TWeight>(g, position, positions, patch.Span, weights, output);
        }
    }

    /// <summary>One output position of all channels, from the elements that its groups see.</summary>
    private static void AlongFanIn<T, TWeight>(
        ConvolutionGeometry g, int position, int positions, ReadOnlySpan<uint> patch, ReadOnlySpan<TWeight> weights, Span<uint> output)
        where T : unmanaged, IRingLane<T> where TWeight : unmanaged
    {
        int groupOut = g.OutChannels / g.Groups;
        fixed (uint* elements = patch)
        fixed (TWeight* rows = weights)
            for (int m = 0; m < g.OutChannels; m++)
            {
                uint* seen = elements + m / groupOut * g.FanIn;
                output[m * positions + position] = typeof(TWeight) == typeof(uint)
                    ? RingKernel<T>.Dot((uint*)rows + m * g.FanIn, seen, g.FanIn) : RingKernel<T>.Dot((short*)rows + m * g.FanIn, seen, g.FanIn);
            }
    }
}
