using System.Collections.Immutable;
using Blindsight.Arithmetic.Rings;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Protocols.Linear;

/// <summary>
/// A <see cref="LinearStep"/>. Functionality: shares of its output from shares of its inputs, those of convolutions being
/// r at the client and x - r at the server. Offline both obtained shares of W * r (<see cref="ILinearPreparation"/>);
/// online the server computes W * (x - r) on clear numbers, adds its part, and both truncate. No message travels online.
/// Source: the split of Delphi (section 4.1). Security: semi-honest; the server sees only x - r.
/// </summary>
/// <param name="knownOffline">Whether the client's share of every input, and so of the output, is known before the input.</param>
internal sealed class LinearProtocol(
    LinearStep step, ImmutableArray<PlanTensor> tensors, int rows, bool knownOffline, QuantizedLinear? weights) : StepProtocol(step)
{
    private readonly PlanTensor _output = tensors[step.Output];

    /// <summary>
    /// This party's additive share of W * r for all rows, set by the preparation before <see cref="Prepare(Party, Shares)"/>; null where
    /// the step has no convolution.
    /// </summary>
    public uint[]? PreparedProduct { get; set; }

    public override object? Prepare(Party party, Shares known)
    {
        uint[] accumulator = PreparedProduct ?? new uint[rows * _output.Elements];
        PreparedProduct = null;
        if (!knownOffline || party.IsServer) return accumulator;
        known[step.Output] = Finish(party, accumulator, known);
        return null;
    }

    public override void Run(Party party, object? prepared, Shares shares)
    {
        if (prepared is not uint[] accumulator) return;
        if (party.IsServer) AddConvolutionsAndBias(accumulator, shares);
        shares[step.Output] = Finish(party, accumulator, shares);
    }

    public override void Prepare(Script script)
    {
        if (knownOffline) script.Does(Role.Client, Work.LinearElement, (double)rows * _output.Elements * Passes);
    }

    public override void Run(Script script)
    {
        foreach (ConvolutionTerm term in step.Terms.OfType<ConvolutionTerm>())
        {
            script.Does(Role.Server, Work.ClearProduct, (double)rows * term.Geometry.Macs);
            script.Does(Role.Server, Work.LinearElement, (double)rows * (_output.Elements + tensors[term.Input].Elements));
        }
        script.Does(Role.Server, Work.LinearElement, (double)rows * _output.Elements * Passes);
        if (!knownOffline) script.Does(Role.Client, Work.LinearElement, (double)rows * _output.Elements * Passes);
    }

    /// <summary>How often an output element is touched: by local terms, a window's elements each once, and by truncation.</summary>
    private double Passes => 1 + step.Terms.Sum(term => term switch
    {
        IdentityTerm => 1, SumPoolTerm pool => pool.Geometry.KernelHeight * pool.Geometry.KernelWidth, _ => 0,
    });

    private uint[] Finish(Party party, uint[] accumulator, Shares shares)
    {
        int elements = _output.Elements;
        for (int row = 0; row < rows; row++)
        {
            int at = row;
            LocalTerms.Add(step, tensor => RowOf(shares, tensor, at), accumulator.AsSpan(row * elements, elements));
        }
        Truncate(party, accumulator);
        return accumulator;
    }

    private ReadOnlySpan<uint> RowOf(Shares shares, int tensor, int row) =>
        shares[tensor].AsSpan(row * tensors[tensor].Elements, tensors[tensor].Elements);

    private void AddConvolutionsAndBias(uint[] accumulator, Shares shares)
    {
        int elements = _output.Elements;
        using Rented<uint> rented = new(elements);
        Span<uint> product = rented.Span;
        for (int row = 0; row < rows; row++)
        {
            Span<uint> to = accumulator.AsSpan(row * elements, elements);
            for (int term = 0; term < step.Terms.Length; term++)
            {
                if (step.Terms[term] is not ConvolutionTerm convolution) continue;
                RingConvolution.Convolve(
                    convolution.Geometry, RowOf(shares, convolution.Input, row), weights!.Weights[term], product);
                for (int i = 0; i < to.Length; i++) to[i] += product[i];
            }
            AddBias(to);
        }
    }

    private void AddBias(Span<uint> accumulator)
    {
        int positions = accumulator.Length / weights!.Bias.Length;
        for (int channel = 0; channel < weights.Bias.Length; channel++)
        {
            uint bias = (uint)weights.Bias[channel];
            foreach (ref uint element in accumulator.Slice(channel * positions, positions)) element += bias;
        }
    }

    private void Truncate(Party party, uint[] accumulator)
    {
        int channels = step.ChannelShifts.Length, positions = _output.Elements / channels;
        bool dithers = step.Released && party.IsServer;
        using Rented<uint> rented = new(dithers ? accumulator.Length : 0);
        Span<uint> dither = rented.Span;
        if (dithers) party.Randomness.Fill<uint>(dither);
        for (int row = 0; row < rows; row++)
            for (int channel = 0; channel < channels; channel++)
            {
                Range range = new(row * _output.Elements + channel * positions, row * _output.Elements + (channel + 1) * positions);
                if (dithers)
                    Truncation.RunReleased(accumulator.AsSpan(range), dither[range], step.ChannelShifts[channel], _output.RingBits);
                else
                    Truncation.Run(party.IsServer && !step.Released, accumulator.AsSpan(range), step.ChannelShifts[channel], _output.RingBits);
            }
    }
}
