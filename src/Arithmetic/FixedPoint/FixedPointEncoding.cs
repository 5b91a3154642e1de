namespace Blindsight.Arithmetic.FixedPoint;

/// <summary>Real numbers as integers at a power-of-two scale, element = round(value * 2^scaleBits), and rings of few bits.</summary>
public static class FixedPointEncoding
{
    /// <summary>
    /// Encodes values, rounding to the nearest (ties up). Values outside the range of <paramref name="valueBits"/> signed
    /// bits saturate at its ends.
    /// </summary>
    /// <param name="valueBits">2 to 32; results lie in [-2^(valueBits-1), 2^(valueBits-1)).</param>
    /// <exception cref="ArgumentException">Lengths differ, a width is out of range, or a value is not a number.</exception>
    public static void Encode(ReadOnlySpan<float> values, int scaleBits, int valueBits, Span<int> encoded)
    {
        if (values.Length != encoded.Length) throw new ArgumentException("Values and results differ in length.");
        if (valueBits is < 2 or > 32) throw new ArgumentOutOfRangeException(nameof(valueBits), valueBits, "2 to 32 bits");
        double scale = Math.ScaleB(1.0, scaleBits);
        double largest = Math.ScaleB(1.0, valueBits - 1) - 1;
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i])) throw new ArgumentException($"Value {i} is not a number.");
            encoded[i] = (int)Math.Clamp(Math.Floor(values[i] * scale + 0.5), -largest - 1, largest);
        }
    }

    /// <summary>Decodes elements: value = element * 2^-scaleBits.</summary>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static void Decode(ReadOnlySpan<int> encoded, int scaleBits, Span<float> values)
    {
        if (values.Length != encoded.Length) throw new ArgumentException("Values and results differ in length.");
        double unit = Math.ScaleB(1.0, -scaleBits);
        for (int i = 0; i < encoded.Length; i++) values[i] = (float)(encoded[i] * unit);
    }

    /// <summary>The number in [-2^(ringBits-1), 2^(ringBits-1)) that is congruent to <paramref name="value"/> modulo 2^ringBits.</summary>
    /// <param name="ringBits">1 to 32.</param>
    public static int Wrap(long value, int ringBits) => (int)(value << (64 - ringBits) >> (64 - ringBits));

    /// <summary>round(value / 2^shift), ties up, wrapped into <paramref name="ringBits"/> bits.</summary>
    /// <param name="shift">0 to 31.</param>
    public static int ShiftAndWrap(int value, int shift, int ringBits) =>
        Wrap((value + (1L << shift >> 1)) >> shift, ringBits);
}
