using System.Collections.Immutable;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Bits;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>Finds the packing of fewest bytes: requests and responses together, over all tile sizes, blocks and bundles.</summary>
internal static class PackingChooser
{
    public static ImmutableArray<LinearRequest> Choose(RlweParameters parameters, ReadOnlySpan<LinearConsumer> consumers)
    {
        if (parameters.Primes.Length != 1) throw new ParameterException("linear layers use a modulus of one prime");
        if (consumers.IsEmpty) throw new ArgumentException("A tensor without consumers needs no packing.", nameof(consumers));
        foreach (LinearConsumer consumer in consumers) Check(consumer.Geometry, consumers[0].Geometry);

        ImmutableArray<LinearRequest>.Builder requests = ImmutableArray.CreateBuilder<LinearRequest>();
        LinearConsumer[] all = consumers.ToArray();
        foreach (IGrouping<(int, int, int), int> compatible in Enumerable.Range(0, all.Length)
                     .GroupBy(i => (all[i].Geometry.StrideHeight, all[i].Geometry.StrideWidth, all[i].Geometry.Groups)))
        {
            int[] members = [.. compatible];
            Candidate shared = Best(parameters, [.. members.Select(i => all[i])]);
            Candidate[] alone = [.. members.Select(i => members.Length == 1 ? shared : Best(parameters, [all[i]]))];
            if (members.Length == 1 || shared.CostBytes <= alone.Sum(candidate => candidate.CostBytes))
                Add(requests, parameters, shared, all, members);
            else
                for (int i = 0; i < members.Length; i++) Add(requests, parameters, alone[i], all, members[i..(i + 1)]);
        }
        return requests.ToImmutable();
    }

    private static void Add(ImmutableArray<LinearRequest>.Builder requests, RlweParameters parameters, Candidate candidate,
        LinearConsumer[] all, int[] members)
    {
        LinearRequest request = new(parameters, candidate.Layout, requests.Count, [.. members.Select(i => all[i])]);
        request.Packings = [.. members.Select((consumer, window) => new LinearPacking(request, all[consumer], consumer, window))];
        requests.Add(request);
    }

    private static Candidate Best(RlweParameters parameters, ImmutableArray<LinearConsumer> consumers)
    {
        Candidate? best = Search(parameters, consumers, int.MaxValue);
        if (consumers.All(consumer => consumer.Geometry is { OutHeight: 1, OutWidth: 1 })) best = Cheaper(best, Search(parameters, consumers, 1));
        for (int piece = 32; best is null && piece > 0; piece /= 2) best = Search(parameters, consumers, piece);
        return best ?? throw new ParameterException($"no packing fits in {parameters.Degree} coefficients");
    }

    private static Candidate? Search(RlweParameters parameters, ImmutableArray<LinearConsumer> consumers, int tapsPerPlane)
    {
        ConvolutionGeometry any = consumers[0].Geometry;
        PackingAxis rows = new(any.InHeight, any.StrideHeight, [.. consumers.Select(consumer => AxisWindow.Rows(consumer.Geometry))], tapsPerPlane);
        PackingAxis columns = new(any.InWidth, any.StrideWidth, [.. consumers.Select(consumer => AxisWindow.Columns(consumer.Geometry))], tapsPerPlane);
        int planes = any.InChannels / any.Groups * rows.Planes * columns.Planes;
        AxisTiling[] columnTilings = [.. Parts(columns.Outputs).Select(columns.Tile)];
        Candidate? best = null;
        foreach (AxisTiling rowTiling in Parts(rows.Outputs).Select(rows.Tile))
            foreach (AxisTiling columnTiling in columnTilings)
                for (int groups = 1; groups <= any.Groups && GroupPositions.Slots(groups) <= parameters.Degree; groups++)
                {
                    int groupPitch = parameters.Degree / GroupPositions.Slots(groups);
                    int planesMax = groupPitch / PackingLayout.PlanePitchOf(rowTiling, columnTiling);
                    if (planesMax == 0) break;
                    foreach (int perBlock in Parts(planes))
                    {
                        if (perBlock > planesMax) continue;
                        PackingLayout layout = new(
                            rows, columns, rowTiling, columnTiling, planes, perBlock, any.Groups, groups, groupPitch);
                        best = Cheaper(best, new Candidate(layout, Cost(parameters, layout, consumers)));
                    }
                }
        return best;
    }

    private static long Cost(RlweParameters parameters, PackingLayout layout, ImmutableArray<LinearConsumer> consumers)
    {
        int dropped = CiphertextWidths.DroppedBits(parameters, layout, consumers.AsSpan());
        long cost = (long)layout.Blocks * LinearRequest.BlockBytes(parameters, dropped);
        foreach (LinearConsumer consumer in consumers)
        {
            ConvolutionGeometry g = consumer.Geometry;
            long polynomials = (long)layout.Tiles * layout.Bundles * layout.Split(g.OutChannels / g.Groups).Polynomials;
            cost += polynomials * BitPacking.PackedBytes(parameters.Degree, CiphertextWidths.MaskBits(consumer));
            cost += (long)g.OutElements * CiphertextWidths.BodyBits(consumer) / 8;
        }
        return cost;
    }

    /// <summary>The sizes of the largest part when n things are divided into 1, 2, ... equal parts, without repetition.</summary>
    private static IEnumerable<int> Parts(int n)
    {
        int previous = 0;
        for (int parts = 1; parts <= Math.Max(n, 1); parts++)
        {
            int size = Math.Max(1, (n + parts - 1) / parts);
            if (size == previous)
            {
                if (size == 1) yield break;
                // The next size down needs at least n / (size - 1) parts.
                parts = Math.Max(parts, (n + size - 2) / (size - 1)) - 1;
                size = 0;
                previous = 0;
                continue;
            }
            yield return previous = size;
        }
    }

    private static Candidate? Cheaper(Candidate? best, Candidate? other) =>
        best is null || (other is not null && other.CostBytes < best.CostBytes) ? other : best;

    private static void Check(ConvolutionGeometry g, ConvolutionGeometry first)
    {
        if ((g.InChannels, g.InHeight, g.InWidth) != (first.InChannels, first.InHeight, first.InWidth))
            throw new ArgumentException("The consumers of one tensor see one shape.");
        int[] positive = [g.InChannels, g.InHeight, g.InWidth, g.OutChannels, g.KernelHeight, g.KernelWidth, g.StrideHeight,
            g.StrideWidth, g.DilationHeight, g.DilationWidth, g.Groups];
        int[] pads = [g.PadTop, g.PadLeft, g.PadBottom, g.PadRight];
        if (positive.Any(value => value < 1) || pads.Any(value => value < 0) || g.OutHeight < 1 || g.OutWidth < 1
            || g.InChannels % g.Groups != 0 || g.OutChannels % g.Groups != 0)
            throw new ArgumentException("The geometry has an extent below 1, a negative padding, or groups that do not divide its channels.");
    }

    private sealed record Candidate(PackingLayout Layout, long CostBytes);
}
