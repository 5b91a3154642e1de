using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Costs;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: additive shares modulo 2^l of n numbers y become shares modulo 2^32 of the same numbers. For y in
/// [0, 2^(l-1)), or, where signed, in [-2^(l-2), 2^(l-2)) by an offset of 2^(l-2). Exact. Security: semi-honest, by one
/// <see cref="AdditiveTransfer"/> from the client. Source: the known-msb wrap of Cheetah (section 4.2) and SIRNN:
/// y = s(y0) + s(y1) + 2^l (msb y0 and msb y1), s reading a share as a signed number.
/// </summary>
internal sealed class Extension(int elements, int ringBits, bool signed)
{
    private readonly AdditiveTransfer _transfer = new(elements, 32 - ringBits, Role.Client);

    public AdditiveTransfer.Correlation Prepare(Party party) => _transfer.Prepare(party);

    /// <inheritdoc cref="Prepare(Party)"/>
    public void Prepare(Script script) => _transfer.Prepare(script);

    /// <summary>Extends.</summary>
    public void Run(Script script)
    {
        script.Both(Work.Element, 2.0 * elements);
        _transfer.Choices(script);
        _transfer.Corrections(script);
    }

    /// <summary>Extends; <paramref name="extended"/> may be <paramref name="share"/>.</summary>
    public void Run(Party party, AdditiveTransfer.Correlation correlation, ReadOnlySpan<uint> share, Span<uint> extended)
    {
        uint offset = signed && party.IsServer ? 1u << (ringBits - 2) : 0;
        int run = Math.Min(Chunks.Elements, elements);
        using Rented<uint> rented = new(run);
        if (party.IsServer) SendTopBits(party, correlation, share, offset, rented.Span);
        else _transfer.ReceiveChoices(party, correlation);
        int unused = 32 - ringBits;
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            Span<uint> wrap = rented.Span[..Chunks.At(from, elements)];
            if (party.IsServer) _transfer.ReceiveCorrections(party, correlation, from, wrap);
            else
            {
                TopBits(share.Slice(from, wrap.Length), offset, wrap);
                _transfer.SendCorrections(party, correlation, from, wrap, wrap);
            }
            for (int i = 0; i < wrap.Length; i++)
                extended[from + i] = (uint)((int)((share[from + i] + offset) << unused) >> unused) + (wrap[i] << ringBits) - offset;
        }
    }

    private void SendTopBits(Party party, AdditiveTransfer.Correlation correlation, ReadOnlySpan<uint> share, uint offset, Span<uint> scratch)
    {
        using Rented<ulong> top = new(BitPlanes.PlaneWords(elements));
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            Span<uint> bits = scratch[..Chunks.At(from, elements)];
            TopBits(share.Slice(from, bits.Length), offset, bits);
            BitPlanes.Split<uint>(bits, 1, top.Span.Slice(from / 64, BitPlanes.PlaneWords(bits.Length)));
        }
        _transfer.SendChoices(party, correlation, top.Span);
    }

    private void TopBits(ReadOnlySpan<uint> share, uint offset, Span<uint> top)
    {
        for (int i = 0; i < top.Length; i++) top[i] = ((share[i] + offset) >> (ringBits - 1)) & 1;
    }
}
