using System.Runtime.InteropServices;

namespace Blindsight.Inference.Protocols.Nonlinear;

/// <summary>
/// Functionality: additive shares modulo 2^32 of x^2 from shares modulo 2^32 of x. Exact. Security: semi-honest. Offline a pair
/// (a, a^2) for random a: the client's part of a is made of its random choice bits, the product of both parts comes bit
/// by bit (Gilboa 1999), bit i with 31 - i bits, since only twice the product counts. Online one opening of x - a:
/// x^2 = E^2 + 2 E a + a^2. One round of a simultaneous exchange.
/// </summary>
internal sealed class Square(int elements)
{
    private const int ProductBits = 31;

    private readonly AdditiveTransfer[] _bits =
        [.. Enumerable.Range(0, ProductBits).Select(bit => new AdditiveTransfer(elements, ProductBits - bit, Role.Server))];

    /// <summary>Payload bytes, offline and online together.</summary>
    public (long ClientToServer, long ServerToClient) Cost() =>
        (4L * elements, 4L * elements + _bits.Sum(bit => (long)bit.CorrectionBytes));

    public Transfers Transfers() => new((long)ProductBits * elements, 0);

    /// <summary>Makes the square pair; the server sends one message a bit.</summary>
    public Correlation Prepare(Party party)
    {
        uint[] mask = new uint[elements], product = new uint[elements];
        party.Randomness.Fill<uint>(mask);
        if (!party.IsServer)
            for (int i = 0; i < elements; i++) mask[i] &= 1u << ProductBits;
        using Rented<uint> rented = new(Math.Min(Chunks.Elements, elements));
        for (int bit = 0; bit < ProductBits; bit++)
        {
            AdditiveTransfer.Correlation pads = _bits[bit].Prepare(party);
            for (int from = 0; from < elements; from += Chunks.Elements)
            {
                Span<uint> share = rented.Span[..Chunks.At(from, elements)];
                if (party.IsServer)
                {
                    for (int i = 0; i < share.Length; i++) share[i] = mask[from + i] & Ring.Mask(ProductBits - bit);
                    _bits[bit].SendCorrections(party, pads, from, share, share);
                }
                else _bits[bit].ReceiveCorrections(party, pads, from, share);
                for (int i = 0; i < share.Length; i++) product[from + i] += share[i] << bit;
            }
            if (party.IsServer) continue;
            for (int i = 0; i < elements; i++) mask[i] |= (uint)(pads.Choices[i >> 6] >> i & 1) << bit;
        }
        for (int i = 0; i < elements; i++) product[i] = mask[i] * mask[i] + 2 * product[i];
        return new Correlation(mask, product);
    }

    /// <summary>Squares; <paramref name="square"/> may be <paramref name="share"/>.</summary>
    public void Run(Party party, Correlation correlation, ReadOnlySpan<uint> share, Span<uint> square)
    {
        (uint[] mask, uint[] maskSquare) = correlation.Consume();
        using Rented<uint> opened = new(elements), theirs = new(elements);
        for (int i = 0; i < elements; i++) opened.Span[i] = share[i] - mask[i];
        party.Channel.Send(MessageTag.SquareOpening, MemoryMarshal.AsBytes(opened.Span));
        party.Channel.Receive(MessageTag.SquareOpening, MemoryMarshal.AsBytes(theirs.Span));
        uint own = party.IsServer ? uint.MaxValue : 0;
        for (int i = 0; i < elements; i++)
        {
            uint e = opened.Span[i] + theirs.Span[i];
            square[i] = (e * e & own) + 2 * e * mask[i] + maskSquare[i];
        }
    }

    /// <summary>One party's shares of a and a^2; used once.</summary>
    internal sealed class Correlation(uint[] mask, uint[] square)
    {
        private bool _consumed;

        public (uint[] Mask, uint[] Square) Consume()
        {
            if (_consumed) throw new InvalidOperationException("A square pair is used once.");
            _consumed = true;
            return (mask, square);
        }
    }
}
