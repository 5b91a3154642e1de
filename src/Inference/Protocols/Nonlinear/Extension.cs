using Blindsight.Arithmetic.Bits;

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

    /// <summary>Payload bytes.</summary>
    public (long ClientToServer, long ServerToClient) Cost() => (_transfer.CorrectionBytes, _transfer.ChoiceBytes);

    public Transfers Transfers() => new(0, elements);

    public AdditiveTransfer.Correlation Prepare(Party party) => _transfer.Prepare(party);

    /// <summary>Extends; <paramref name="extended"/> may be <paramref name="share"/>.</summary>
    public void Run(Party party, AdditiveTransfer.Correlation correlation, ReadOnlySpan<uint> share, Span<uint> extended)
    {
        uint offset = signed ? 1u << (ringBits - 2) : 0;
        uint ownOffset = party.IsServer ? offset : 0;
        uint[] shifted = new uint[elements], wrap = new uint[elements];
        ulong[] top = new ulong[(elements + 63) / 64];
        for (int i = 0; i < elements; i++)
        {
            shifted[i] = share[i] + ownOffset;
            wrap[i] = (shifted[i] >> (ringBits - 1)) & 1;
        }
        if (party.IsServer)
        {
            BitPlanes.Split<uint>(wrap, 1, top);
            _transfer.SendChoices(party, correlation, top);
            _transfer.ReceiveCorrections(party, correlation, wrap);
        }
        else
        {
            _transfer.ReceiveChoices(party, correlation);
            _transfer.SendCorrections(party, correlation, wrap, wrap);
        }
        int unused = 32 - ringBits;
        for (int i = 0; i < elements; i++)
            extended[i] = (uint)((int)(shifted[i] << unused) >> unused) + (wrap[i] << ringBits) - ownOffset;
    }
}
