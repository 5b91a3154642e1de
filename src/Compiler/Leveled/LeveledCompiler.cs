using System.Numerics;
using Blindsight.Arithmetic;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Lowering;
using Blindsight.Compiler.Plans;

namespace Blindsight.Compiler.Leveled;

/// <summary>Turns a graph of polynomials into a program for leveled homomorphic encryption, in the packing that costs least.</summary>
public static class LeveledCompiler
{
    /// <summary>Matrices are written out once for each number of images that is tried: more than this only for one image.</summary>
    private const long EntriesOfSeveralMax = 4_000_000;

    /// <summary>Compiles a graph.</summary>
    /// <param name="calibration">For each sample a tensor for each input.</param>
    /// <param name="degree">Ring degree N for a depth of multiplications: of the parameters that the depth needs.</param>
    /// <param name="cost">What the packing is chosen by.</param>
    /// <exception cref="GraphException">A layer is no polynomial; names it.</exception>
    /// <exception cref="ParameterException">The depth is above what any parameters allow, or no packing fits the memory.</exception>
    public static LeveledProgram Compile(
        Graph graph, IReadOnlyList<FloatTensor[]> calibration, InputCard card, LeveledOptions options, Func<int, int> degree, ILeveledCost cost)
    {
        options.Check();
        Network network = PlanCompiler.Lower(graph, "logits").Network;
        Dictionary<int, ValueRange> ranges = ValueRanges.Measure(network, calibration, null);
        int depth = Build(DepthSlots, 1, gather: false, entries: false).Depth, slots = degree(depth) / 2;
        LeveledProgram? best = null;
        double least = double.MaxValue;
        foreach (int images in Candidates(network, slots, options.Batch))
            foreach (bool gather in (ReadOnlySpan<bool>)[false, true])
            {
                LeveledProgram program = Build(slots, images, gather);
                LeveledCost price = LeveledCost.Of(program, options.EncryptedWeights, cost);
                if (price.WeightBytes > options.WeightBytesMax) continue;
                double all = price.Seconds * ((options.Batch + images - 1) / images);
                if (all < least) (best, least) = (program, all);
            }
        return best ?? throw new ParameterException(
            $"the weights take more than {options.WeightBytesMax} bytes in every packing of a batch of {options.Batch}");

        LeveledProgram Build(int count, int images, bool gather, bool entries = true) =>
            new LeveledBuilder(network, ranges, options.Headroom, count, images, gather, options.Refresh, entries).Build(card);
    }

    /// <summary>The depth does not depend on slots; any number will do to find it.</summary>
    private const int DepthSlots = 1 << 14;

    private static IEnumerable<int> Candidates(Network network, int slots, int batch)
    {
        long entries = network.Layers.OfType<LinearLayer>().SelectMany(layer => layer.Terms).OfType<ConvolutionFloatTerm>().Sum(term => term.Geometry.Macs);
        int most = (int)Math.Min((uint)slots, BitOperations.RoundUpToPowerOf2((uint)batch));
        for (int images = 1; images <= most; images *= 2)
            if (images == 1 || entries <= EntriesOfSeveralMax) yield return images;
        // An element a ciphertext takes no rotations and keeps no weights: it may pay before every slot has an image.
        if (most > 1 && most < slots && entries <= EntriesOfSeveralMax) yield return slots;
    }
}
