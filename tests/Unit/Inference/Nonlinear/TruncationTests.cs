using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Unit.Inference.Nonlinear;

public sealed class TruncationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Truncation_is_within_one_unit_of_rounding_for_every_low_part(bool released)
    {
        const int Shift = 6, Bits = 12;
        uint[] dithers = released ? [0, 1, 15, 31] : [0];
        for (int value = -200; value < 200; value++)
            for (uint low = 0; low < 64; low++)
                foreach (uint dither in dithers)
                {
                    uint[] client = [0x9abcde00u + low], server = [(uint)value - client[0]];
                    Truncation.Run(false, client, Shift, Bits);
                    if (released) Truncation.RunReleased(server, [dither], Shift, Bits);
                    else Truncation.Run(true, server, Shift, Bits);
                    int rounded = (value + (1 << (Shift - 1))) >> Shift;
                    Assert.InRange(Ring.Signed(client[0] + server[0], Bits), rounded - 1, rounded + 1);
                }
    }

    [Fact]
    public void Truncation_rounds_up_and_down_with_the_right_mean()
    {
        const int Shift = 8, Bits = 16, Value = 1234 * 256 + 77;
        int sum = 0;
        for (uint low = 0; low < 256; low++)
        {
            uint[] client = [low * 0x01000193], server = [Value - client[0]];
            Truncation.Run(false, client, Shift, Bits);
            Truncation.Run(true, server, Shift, Bits);
            sum += Ring.Signed(client[0] + server[0], Bits) - 1234;
        }
        Assert.InRange(sum, 75, 80);
    }
}
