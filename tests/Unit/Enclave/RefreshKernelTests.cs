using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Refresh;

namespace Blindsight.Unit.Enclave;

public sealed class RefreshKernelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void Maxima_are_those_of_the_definition(int images)
    {
        const int Elements = 9, Window = 5, From = 20;
        Random random = new(images);
        double[] x = [.. Enumerable.Range(0, From * images).Select(_ => random.NextDouble() * 4 - 2)], result = new double[Elements * images];
        int[] sources = [.. Enumerable.Range(0, Window * Elements).Select(_ => random.Next(-1, From))];
        for (int w = 0; w < Window; w++) sources[w * Elements + 3] = RoomContract.Nothing;
        result.AsSpan().Fill(double.NaN);
        RefreshKernel.Maxima(x, sources, images, result);
        for (int e = 0; e < Elements; e++)
            for (int i = 0; i < images; i++)
                Assert.Equal(Enumerable.Range(0, Window).Select(w => sources[w * Elements + e]).Where(source => source >= 0)
                    .Select(source => x[source * images + i]).DefaultIfEmpty(0).Max(), result[e * images + i]);
    }

    [Fact]
    public void Each_channel_has_its_function_in_units_of_slots()
    {
        double[] numbers = [-3, -0.0, 0, 0.5, 7, double.Epsilon];
        RoomFunction function = new("csnik", -1, 6, [0, 1, -1, 0, 0]);
        double[] x = [.. Enumerable.Range(0, 5).SelectMany(_ => numbers)];
        RefreshKernel.Apply(function, exponent: 2, x);
        for (int i = 0; i < numbers.Length; i++)
        {
            double number = numbers[i];
            Assert.Equal(Cut(Math.Clamp(number, -1, 6) / 4), x[i]);
            Assert.Equal(Cut(2 * number * number / 4), x[6 + i]);
            Assert.Equal(Cut(-0.5 * number * number / 4), x[12 + i]);
            Assert.Equal(Cut(number / 4), x[18 + i]);
            Assert.Equal(0, x[24 + i]);
        }
    }

    private static double Cut(double number) => Math.Clamp(number, -1, 1);
}
