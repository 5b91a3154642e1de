using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Training;

/// <summary>Normal numbers from a stream of random bits, after Box and Muller; the same stream gives the same numbers.</summary>
internal static class NormalNumbers
{
    /// <summary>One standard normal number.</summary>
    public static double Next(Prg prg) =>
        Math.Sqrt(-2 * Math.Log(1 - Unit(prg))) * Math.Cos(2 * Math.PI * Unit(prg));

    /// <summary>Fills with independent numbers of mean 0, both of each of the method's pairs.</summary>
    public static void Fill(Prg prg, double deviation, Span<float> values)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - Unit(prg)));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * Unit(prg));
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length) values[i + 1] = (float)(radius * sine);
        }
    }

    private static double Unit(Prg prg) => (prg.NextUInt64() >> 11) * (1.0 / (1UL << 53));
}
