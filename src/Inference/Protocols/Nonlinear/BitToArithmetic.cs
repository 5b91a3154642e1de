using System.Numerics;
using System.Runtime.CompilerServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: from XOR-shared bits b, additive shares modulo 2^k of b * <c>constant</c>, which is public. Security: semi-honest, by one
/// <see cref="AdditiveTransfer"/>: b0 + b1 - 2 b0 b1, the product being needed only modulo what the constant's trailing zeros and
/// the factor 2 leave. Source: the B2A of CrypTFlow2, section 4.1. Two messages: choices, then corrections back.
/// </summary>
internal sealed class BitToArithmetic
{
    private readonly int _elements, _bits, _shift;
    private readonly uint _constant;
    private readonly AdditiveTransfer _transfer;

    /// <param name="bits">k.</param>
    /// <param name="sender">Who sends the corrections.</param>
    public BitToArithmetic(int elements, int bits, uint constant, Role sender)
    {
        (_elements, _bits, _constant, Sender) = (elements, bits, constant & Ring.Mask(bits), sender);
        int productBits = Math.Max(1, bits - 1 - BitOperations.TrailingZeroCount(_constant));
        _shift = bits - 1 - productBits;
        _transfer = new AdditiveTransfer(elements, productBits, sender);
    }

    public Role Sender { get; }

    /// <inheritdoc cref="Prepare(Party)"/>
    public void Prepare(Script script) => _transfer.Prepare(script);

    /// <summary>The first message.</summary>
    public void Begin(Script script) => _transfer.Choices(script);

    /// <summary>The answer.</summary>
    public void Complete(Script script) => _transfer.Corrections(script);

    public AdditiveTransfer.Correlation Prepare(Party party) => _transfer.Prepare(party);

    /// <summary>The first message.</summary>
    /// <param name="bit">64 a word; bits beyond the elements are ignored.</param>
    public void Begin(Party party, AdditiveTransfer.Correlation correlation, ReadOnlySpan<ulong> bit)
    {
        if (party.Role == Sender) _transfer.ReceiveChoices(party, correlation);
        else _transfer.SendChoices(party, correlation, bit);
    }

    /// <summary>The answer; <paramref name="sum"/> grows by the share of b * constant.</summary>
    /// <param name="bit">As before.</param>
    public void Complete(Party party, AdditiveTransfer.Correlation correlation, ReadOnlySpan<ulong> bit, Span<uint> sum)
    {
        using Rented<uint> rented = new(Math.Min(Chunks.Elements, _elements));
        for (int from = 0; from < _elements; from += Chunks.Elements)
        {
            Span<uint> share = rented.Span[..Chunks.At(from, _elements)];
            if (party.Role == Sender)
            {
                for (int i = 0; i < share.Length; i++) share[i] = (_constant >> _shift) & (0u - Bit(bit, from + i));
                _transfer.SendCorrections(party, correlation, from, share, share);
            }
            else _transfer.ReceiveCorrections(party, correlation, from, share);
            Add(bit, from, share, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(ReadOnlySpan<ulong> bit, int from, ReadOnlySpan<uint> share, Span<uint> sum)
    {
        uint mask = Ring.Mask(_bits);
        for (int i = 0; i < share.Length; i++)
            sum[from + i] = (sum[from + i] + (_constant & (0u - Bit(bit, from + i))) - (share[i] << (_shift + 1))) & mask;
    }

    private static uint Bit(ReadOnlySpan<ulong> words, int i) => (uint)(words[i >> 6] >> i & 1);
}
