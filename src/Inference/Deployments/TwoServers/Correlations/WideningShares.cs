using Blindsight.Inference.Protocols;
using Blindsight.Mpc.Correlations.Dealing;

namespace Blindsight.Inference.Deployments.TwoServers.Correlations;

/// <summary>
/// One server's shares for lifting opened numbers to 2^32, and, where asked for, for squaring them: with t(m) = s(b) + 2^l m msb(b), m the opened number's
/// highest bit, shares of t(0)^2 and t(1)^2. Notation of <see cref="MaskedNumbers"/>.
/// </summary>
internal sealed record WideningShares(MaskedNumbers Numbers, uint[] SquareLow, uint[] SquareHigh)
{
    public static void Deal(WideningShape shape, DealerStreams streams)
    {
        uint[] negated = new uint[shape.Elements];
        MaskedNumbers.Deal(streams, shape.RingBits, 32, negated);
        if (shape.Squares)
        {
            uint[] high = new uint[shape.Elements];
            for (int i = 0; i < negated.Length; i++)
            {
                uint low = (uint)Ring.Signed(negated[i], shape.RingBits), top = negated[i] >> (shape.RingBits - 1) << shape.RingBits;
                high[i] = (low + top) * (low + top);
                negated[i] = low * low;
            }
            streams.Deal(32, negated);
            streams.Deal(32, high);
            MaskedNumbers.Clear(high);
        }
        MaskedNumbers.Clear(negated);
    }

    public static WideningShares Receive(WideningShape shape, DealtStream stream)
    {
        MaskedNumbers numbers = MaskedNumbers.Receive(stream, shape.Elements, shape.RingBits, 32);
        int squares = shape.Squares ? shape.Elements : 0;
        uint[] low = new uint[squares], high = new uint[squares];
        stream.Dealt(32, low);
        stream.Dealt(32, high);
        return new WideningShares(numbers, low, high);
    }
}
