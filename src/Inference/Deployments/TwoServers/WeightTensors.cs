using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Compiler.Plans;

namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>Numbers modulo 2^32 for every secret of a plan, weights, biases and offsets of activations: shares, masks, or openings of them.</summary>
internal sealed class WeightTensors
{
    private readonly ImmutableDictionary<(int Step, int Term), uint[]> _tensors;

    private WeightTensors(IEnumerable<KeyValuePair<(int, int), uint[]>> tensors) => _tensors = tensors.ToImmutableDictionary();

    /// <summary>The number that stands for a step's biases, or an activation's offsets, in place of a term's.</summary>
    public const int Bias = -1;

    /// <summary>The weights of a convolution, or a step's biases or offsets.</summary>
    public uint[] this[int step, int term] => _tensors[(step, term)];

    /// <summary>Convolutions, biases and offsets of a plan, in its order, and how many numbers each has.</summary>
    public static IEnumerable<(int Step, int Term, int Elements)> Slots(InferencePlan plan)
    {
        for (int index = 0; index < plan.Steps.Length; index++)
        {
            if (plan.Steps[index] is ActivationStep activation) yield return (index, Bias, activation.Channels);
            if (plan.Steps[index] is not LinearStep step) continue;
            for (int term = 0; term < step.Terms.Length; term++)
                if (step.Terms[term] is ConvolutionTerm convolution) yield return (index, term, convolution.Geometry.WeightElements);
            yield return (index, Bias, step.ChannelShifts.Length);
        }
    }

    /// <summary>Bytes of all of them.</summary>
    public static long Bytes(InferencePlan plan) => Slots(plan).Sum(slot => (long)sizeof(uint) * slot.Elements);

    /// <summary>Uniform numbers that follow from a seed.</summary>
    public static WeightTensors FromSeed(InferencePlan plan, ReadOnlySpan<byte> seed, string label)
    {
        Dictionary<(int, int), uint[]> tensors = [];
        using Prg prg = Prg.Derive(seed, label);
        foreach ((int step, int term, int elements) in Slots(plan))
        {
            uint[] numbers = tensors[(step, term)] = new uint[elements];
            prg.Fill<uint>(numbers);
        }
        return new WeightTensors(tensors);
    }

    /// <summary>The integers of a model.</summary>
    public static WeightTensors Of(QuantizedModel model) => new(Slots(model.Plan).Select(slot =>
        KeyValuePair.Create((slot.Step, slot.Term), slot.Term == Bias
            ? Array.ConvertAll(Biases(model, slot.Step, slot.Elements), bias => (uint)bias)
            : Array.ConvertAll(model.Linear[slot.Step].Weights[slot.Term], weight => (uint)weight))));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="EndOfStreamException">The stream is shorter than <see cref="Bytes"/>.</exception>
    public static WeightTensors Read(InferencePlan plan, Stream stream)
    {
        Dictionary<(int, int), uint[]> tensors = [];
        foreach ((int step, int term, int elements) in Slots(plan))
            stream.ReadExactly(MemoryMarshal.AsBytes((tensors[(step, term)] = new uint[elements]).AsSpan()));
        return new WeightTensors(tensors);
    }

    /// <summary>Writes all numbers, 4 bytes each, in the plan's order.</summary>
    public void Write(InferencePlan plan, Stream stream)
    {
        foreach ((int step, int term, _) in Slots(plan)) stream.Write(MemoryMarshal.AsBytes<uint>(this[step, term]));
    }

    /// <summary>Element by element, what <paramref name="combine"/> makes of both, for every slot that <paramref name="keep"/> admits.</summary>
    public WeightTensors Combine(WeightTensors other, Func<uint, uint, uint> combine, Func<int, bool>? keep = null) => new(
        _tensors.Where(entry => keep is null || keep(entry.Key.Term)).Select(entry =>
        {
            uint[] theirs = other._tensors[entry.Key], result = new uint[theirs.Length];
            for (int i = 0; i < result.Length; i++) result[i] = combine(entry.Value[i], theirs[i]);
            return KeyValuePair.Create(entry.Key, result);
        }));

    private static int[] Biases(QuantizedModel model, int step, int channels) =>
        model.Linear.TryGetValue(step, out QuantizedLinear? linear) ? linear.Bias : model.Offsets.GetValueOrDefault(step) ?? new int[channels];
}
