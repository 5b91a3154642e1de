using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic.Bits;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Deployments.TwoServers.Protocols;

/// <summary>
/// Functionality: from additive shares modulo 2^32 of signed accumulators m, shares modulo 2^32 of max(m, 0) / 2^f, rounded up or down at random with the
/// right mean. Security: semi-honest, as <see cref="PrefixSelection"/>, whose costs it has and 2 bits. Source: Sonic's ReLU in a ring of 32 bits. Departure:
/// Sonic truncates shares where they are, which goes wrong where they wrap, with a probability of about |m| / 2^31; for m that a ReLU keeps, the wrap
/// is the product of both shares' highest bits, and both servers get it exactly: opened under dealt masks beside the adder's first level.
/// </summary>
/// <remarks>
/// For m >= 0 with signed shares a and b: m = a + b + 2^32 msb(a) msb(b) (both negative, or not both), therefore
/// floor(m / 2^f) = (a >> f) + (b >> f) + 2^(32 - f) msb(a) msb(b), or one more. Other m are multiplied by 0.
/// </remarks>
internal static class TruncatingRelu
{
    /// <summary>Runs it.</summary>
    /// <param name="shape">By prefix adder, 32 bits, no payload, one threshold.</param>
    /// <param name="shifts">f of each channel, at most <see cref="SelectionShape.TruncatedBits"/>; none where nothing is truncated.</param>
    public static uint[] Run(
        ServerParty party, SelectionShape shape, Correlation<SelectionShares> correlation, ReadOnlySpan<uint> x, ImmutableArray<int> shifts)
    {
        PrefixShares shares = correlation.Consume().Prefix!;
        PrefixLayout layout = PrefixLayout.Of(shape);
        uint[] numbers = x.ToArray();
        using Rented<byte> bits = new(x.Length);
        if (shape.TruncatedBits == 0) PrefixSelection.Signs(party, layout, shares, x, bits.Span, null);
        else
        {
            TopBits tops = new(party, shares.Tops, numbers);
            PrefixSelection.Signs(party, layout, shares, x, bits.Span, new Exchange(tops.Send, tops.Receive));
            int positions = numbers.Length / shifts.Length;
            for (int channel = 0; channel < shifts.Length; channel++)
                tops.Truncate(numbers.AsSpan(channel * positions, positions), channel * positions, shifts[channel]);
        }
        PrefixSelection.Multiply(party, layout, shares, bits.Span, numbers);
        return numbers;
    }

    /// <summary>Products u v of a bit of the first server's and one of the second's, from e = u + r and g = v + s modulo 2 with dealt r, s and rs.</summary>
    private sealed class TopBits
    {
        private readonly ServerParty _party;
        private readonly TopShares _shares;
        private readonly ulong[] _mine, _theirs;

        public TopBits(ServerParty party, TopShares shares, ReadOnlySpan<uint> numbers)
        {
            (_party, _shares) = (party, shares);
            byte[] masked = new byte[numbers.Length];
            for (int i = 0; i < masked.Length; i++) masked[i] = (byte)(numbers[i] >> 31 ^ shares.Own[i]);
            _mine = new ulong[BitPlanes.PlaneWords(masked.Length)];
            _theirs = new ulong[_mine.Length];
            BitPlanes.Split<byte>(masked, 1, _mine);
        }

        public void Send() => _party.Peer.Send(TwoServersTag.TopBits, MemoryMarshal.AsBytes<ulong>(_mine));

        public void Receive() => _party.Peer.Receive(TwoServersTag.TopBits, MemoryMarshal.AsBytes(_theirs.AsSpan()));

        /// <summary>Shares of the numbers without their low bits.</summary>
        /// <param name="from">Where the numbers begin among all.</param>
        public void Truncate(Span<uint> numbers, int from, int shift)
        {
            if (shift == 0) return;
            uint up = _party.Own & 1;
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = (uint)((int)numbers[i] >> shift) + up + (Product(from + i) << (32 - shift));
        }

        /// <summary>uv = eg + e (1 - 2g) s + g (1 - 2e) r + (1 - 2e)(1 - 2g) rs.</summary>
        private uint Product(int i)
        {
            uint mine = (uint)(_mine[i / 64] >> (i % 64)) & 1, theirs = (uint)(_theirs[i / 64] >> (i % 64)) & 1;
            return (_party.Own & mine & theirs) + theirs * (1 - 2 * mine) * _shares.Own[i] + (1 - 2 * mine) * (1 - 2 * theirs) * _shares.Product[i];
        }
    }
}
