using Blindsight.Harness;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Unit.Inference.Nonlinear;

public sealed class ExtensionTests
{
    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    public void Extension_agrees_with_the_integers_for_every_pair_of_shares(int bits, bool signed)
    {
        int ring = 1 << bits;
        List<uint> client = [], server = [];
        for (uint a = 0; a < ring; a++)
            for (uint b = 0; b < ring; b++)
            {
                int x = Ring.Signed(a + b, bits);
                if (signed ? x < -ring / 4 || x >= ring / 4 : x < -1) continue;
                client.Add(a);
                server.Add(b);
            }
        Extension extension = new(client.Count, bits, signed);
        var result = TestParties.Run(party => Run(party, extension, client), party => Run(party, extension, server));
        for (int i = 0; i < client.Count; i++)
            Assert.Equal(Ring.Signed(client[i] + server[i], bits), (int)(result.First[i] + result.Second[i]));
        (long up, long down) = Tally.Of(extension.Prepare, extension.Run).Bytes;
        Assert.Equal(up, result.FirstCounters.PayloadSent);
        Assert.Equal(down, result.FirstCounters.PayloadReceived);
    }

    [Fact]
    public void Extension_of_16_bits_takes_17_bits()
    {
        Extension extension = new(8000, 16, false);
        (long up, long down) = Tally.Of(extension.Prepare, extension.Run).Bytes;
        Assert.Equal(17, 8.0 * (up + down) / 8000, 3);
    }

    private static uint[] Run(Party party, Extension extension, List<uint> share)
    {
        uint[] result = new uint[share.Count];
        extension.Run(party, extension.Prepare(party), share.ToArray(), result);
        return result;
    }
}
