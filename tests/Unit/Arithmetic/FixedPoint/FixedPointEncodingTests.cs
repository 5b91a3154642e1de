using Blindsight.Arithmetic.FixedPoint;

namespace Blindsight.Unit.Arithmetic.FixedPoint;

public class FixedPointEncodingTests
{
    [Fact]
    public void Encode_rounds_to_nearest_with_ties_up_and_saturates()
    {
        float[] values = [0.5f, -0.5f, 1.5f, -1.5f, 0.49f, 1000, -1000, float.PositiveInfinity, float.NegativeInfinity];
        int[] encoded = new int[values.Length];
        FixedPointEncoding.Encode(values, 0, 4, encoded);
        Assert.Equal([1, 0, 2, -1, 0, 7, -8, 7, -8], encoded);
    }

    [Fact]
    public void Encode_reaches_both_ends_of_32_bits()
    {
        int[] encoded = new int[2];
        FixedPointEncoding.Encode([1e20f, -1e20f], 10, 32, encoded);
        Assert.Equal([int.MaxValue, int.MinValue], encoded);
    }

    [Fact]
    public void Encode_refuses_what_is_not_a_number() =>
        Assert.Throws<ArgumentException>(() => FixedPointEncoding.Encode([float.NaN], 0, 16, new int[1]));

    [Fact]
    public void Decode_inverts_encode_within_half_a_unit()
    {
        float[] values = [.. Enumerable.Range(-50, 100).Select(i => i * 0.0371f)], decoded = new float[100];
        int[] encoded = new int[100];
        FixedPointEncoding.Encode(values, 9, 16, encoded);
        FixedPointEncoding.Decode(encoded, 9, decoded);
        for (int i = 0; i < values.Length; i++) Assert.InRange(decoded[i] - values[i], -1 / 1024f, 1 / 1024f);
    }

    [Fact]
    public void Wrap_is_the_signed_residue_at_every_small_width()
    {
        for (int bits = 1; bits <= 8; bits++)
            for (int value = -600; value <= 600; value++)
            {
                int wrapped = FixedPointEncoding.Wrap(value, bits);
                Assert.Equal(0, (wrapped - value) % (1 << bits));
                Assert.InRange(wrapped, -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
            }
    }

    [Theory]
    [InlineData(5, 1, 16, 3)]
    [InlineData(-5, 1, 16, -2)]
    [InlineData(-6, 2, 16, -1)]
    [InlineData(7, 0, 16, 7)]
    [InlineData(int.MaxValue, 16, 16, -32768)]
    [InlineData(int.MinValue, 16, 16, -32768)]
    public void ShiftAndWrap_rounds_ties_up(int value, int shift, int ringBits, int expected) =>
        Assert.Equal(expected, FixedPointEncoding.ShiftAndWrap(value, shift, ringBits));
}
