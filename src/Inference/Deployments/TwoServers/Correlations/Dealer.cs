using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Compiler.Plans;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.Correlations.Dealing;
using Blindsight.Mpc.FunctionSecretSharing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>
/// Deals all correlations of a query to both servers, step by step in the plan's order. The first server gets its seeds, and what keys of comparison
/// functions both need; the second gets corrections besides. The dealer receives nothing: it sees no opening, no share and no weight. It must not
/// collude with either server. Source: the trusted dealer of Beaver (1991), compressed by generators of pseudo-random correlations.
/// </summary>
/// <param name="weightMasks">Masks of the model's weights, the sums of both servers' (<see cref="ModelMasks"/>).</param>
internal sealed class Dealer(InferencePlan plan, ImmutableArray<CorrelationShape> shapes, WeightTensors weightMasks)
{
    private readonly Dictionary<int, uint[]> _tensorMasks = [];
    private CorrelationRobustHash? _hash;
    private ulong _functions;

    /// <summary>Deals for one query.</summary>
    /// <param name="seeds">Fresh.</param>
    public void Deal(QuerySeeds seeds, IChannel first, IChannel second)
    {
        first.Send(TwoServersTag.Seeds, seeds.Message(first: true));
        second.Send(TwoServersTag.Seeds, seeds.Message(first: false));
        Flush(first, second);
        using DealerStreams streams = new(seeds.First, seeds.Second);
        using CorrelationRobustHash hash = FunctionHash(seeds.Common);
        (_hash, _functions) = (hash, 0);
        foreach (CorrelationShape shape in shapes)
        {
            streams.Begin(shape.CorrectionBytes);
            DealOne(shape, streams, first, second);
            if (streams.Corrections.Length != shape.CorrectionBytes)
                throw new InvalidOperationException($"{shape.GetType().Name} states {shape.CorrectionBytes} bytes and took {streams.Corrections.Length}.");
            if (shape.CorrectionBytes > 0) second.Send(TwoServersTag.Corrections, streams.Corrections);
            Flush(first, second);
        }
        foreach (uint[] mask in _tensorMasks.Values) CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(mask.AsSpan()));
        _tensorMasks.Clear();
    }

    /// <summary>The servers wait for each other, so that neither may lack what is queued while the other's link is full.</summary>
    private static void Flush(IChannel first, IChannel second)
    {
        first.Flush();
        second.Flush();
    }

    /// <summary>The hash under a query's comparison functions; its key is known to the servers only.</summary>
    public static CorrelationRobustHash FunctionHash(ReadOnlySpan<byte> common) => CorrelationRobustHash.ForConnection(common, "comparison functions");

    private void DealOne(CorrelationShape shape, DealerStreams streams, IChannel first, IChannel second)
    {
        switch (shape)
        {
            case MaskShape mask: streams.Uniform(32, _tensorMasks[mask.Tensor] = new uint[mask.Elements]); break;
            case ProductShape product: DealProduct(product, streams); break;
            case WideningShape widening: WideningShares.Deal(widening, streams); break;
            case SelectionShape selection:
                SelectionDealing.Deal(selection, streams, secrets => DealFunctions(selection, secrets, streams, first, second));
                break;
            default: throw new ArgumentException($"{shape.GetType().Name} cannot be dealt.");
        }
    }

    private void DealProduct(ProductShape shape, DealerStreams streams)
    {
        uint[] sum = new uint[shape.Elements], product = new uint[shape.Elements];
        LinearStep step = (LinearStep)plan.Steps[shape.Step];
        for (int term = 0; term < step.Terms.Length; term++)
        {
            if (step.Terms[term] is not ConvolutionTerm convolution) continue;
            RingConvolution.Convolve(convolution.Geometry, _tensorMasks[convolution.Input], weightMasks[shape.Step, term], product);
            for (int i = 0; i < sum.Length; i++) sum[i] += product[i];
        }
        streams.Deal(32, sum);
    }

    private void DealFunctions(SelectionShape shape, uint[] secrets, DealerStreams streams, IChannel first, IChannel second)
    {
        Block[] roots = new Block[shape.Elements], otherRoots = new Block[shape.Elements];
        streams.Uniform(roots, otherRoots);
        using ComparisonKeys keys = new(shape.Tree.Bits, shape.Elements);
        DistributedComparison.Deal(_hash!, _functions, secrets, roots, otherRoots, keys);
        _functions += (ulong)shape.Elements;
        byte[] message = new byte[shape.CommonBytes];
        keys.Write(message);
        first.Send(TwoServersTag.CommonKeys, message);
        second.Send(TwoServersTag.CommonKeys, message);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(roots.AsSpan()));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(otherRoots.AsSpan()));
    }
}
