using System.Numerics;
using Blindsight.Arithmetic.Bits;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Protocols;

/// <summary>Reading bit streams that a peer packed.</summary>
internal static class Wire
{
    /// <summary>Unpacks numbers of <paramref name="bits"/> bits.</summary>
    /// <exception cref="ProtocolException">Bits follow the last number.</exception>
    public static void Unpack<T>(ReadOnlySpan<byte> message, int bits, Span<T> values, string step)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        if (!BitPacking.Unpack(message, bits, values))
            throw new ProtocolException(PeerFault.MalformedMessage, step, "bits follow the last number");
    }
}
