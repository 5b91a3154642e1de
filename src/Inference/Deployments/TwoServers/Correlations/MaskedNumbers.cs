using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>
/// One server's shares for opening numbers x as x + a, a uniform modulo 2^l, and lifting them: with b = -a modulo 2^l, s reading l bits as a signed
/// number and msb the highest of them, x in [0, 2^(l-1)) is s(x + a) + s(b) + 2^l msb(x + a) msb(b) (all pairs are tested).
/// </summary>
/// <param name="Mask">Shares of a modulo 2^l.</param>
/// <param name="Wide">Shares of s(b) modulo 2^k.</param>
/// <param name="Wrap">Shares of 2^l msb(b) modulo 2^k; empty where k = l, where it vanishes.</param>
internal sealed record MaskedNumbers(uint[] Mask, uint[] Wide, uint[] Wrap)
{
    /// <summary>
    /// The dealer's part. Of s(b) the servers know the low l bits already, so that a correction has k - l bits.
    /// </summary>
    /// <param name="negated">Receives b.</param>
    public static void Deal(DealerStreams streams, int ringBits, int outputBits, Span<uint> negated)
    {
        uint[] first = new uint[negated.Length], second = new uint[negated.Length];
        streams.Uniform(ringBits, first, second);
        uint mask = Ring.Mask(ringBits);
        for (int i = 0; i < negated.Length; i++) negated[i] = (0 - first[i] - second[i]) & mask;
        if (outputBits > ringBits)
        {
            for (int i = 0; i < first.Length; i++)
            {
                int known = Ring.Signed(0 - first[i], ringBits) + Ring.Signed(0 - second[i], ringBits);
                first[i] = (uint)(Ring.Signed(negated[i], ringBits) - known) >> ringBits;
                second[i] = negated[i] >> (ringBits - 1);
            }
            streams.Deal(outputBits - ringBits, first);
            streams.Deal(outputBits - ringBits, second);
        }
        Clear(first);
        Clear(second);
    }

    /// <summary>A server's part.</summary>
    public static MaskedNumbers Receive(DealtStream stream, int elements, int ringBits, int outputBits)
    {
        bool widens = outputBits > ringBits;
        uint[] mask = new uint[elements], wide = new uint[elements], wrap = new uint[widens ? elements : 0];
        stream.Uniform(ringBits, mask);
        uint kept = Ring.Mask(outputBits);
        if (widens)
        {
            stream.Dealt(outputBits - ringBits, wide);
            stream.Dealt(outputBits - ringBits, wrap);
            for (int i = 0; i < wrap.Length; i++)
            {
                wide[i] = ((wide[i] << ringBits) + (uint)Ring.Signed(0 - mask[i], ringBits)) & kept;
                wrap[i] <<= ringBits;
            }
        }
        else for (int i = 0; i < wide.Length; i++) wide[i] = (0 - mask[i]) & kept;
        return new MaskedNumbers(mask, wide, wrap);
    }

    internal static void Clear(uint[] secret) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret.AsSpan()));
}
