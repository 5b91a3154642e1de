using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Rlwe;

public sealed class RlweParametersTests
{
    private static readonly PrimeModulus[] Two = [PrimeModulus.First, PrimeModulus.Second];

    [Theory]
    [InlineData(1024, 1)]
    [InlineData(2048, 2)]
    [InlineData(512, 1)]
    [InlineData(3000, 1)]
    [InlineData(65536, 1)]
    public void Less_than_128_bits_of_security_is_refused(int size, int primes) =>
        Assert.Throws<ParameterException>(() => RlweParameters.Create(new() { Size = size, Primes = Two[..primes] }));

    [Theory]
    [InlineData(0)]
    [InlineData(3.0)]
    [InlineData(double.NaN)]
    public void Small_errors_are_refused(double deviation) => Assert.Throws<ParameterException>(
        () => RlweParameters.Create(new() { Size = 2048, Primes = Two[..1], ErrorDeviation = deviation }));

    [Fact]
    public void A_modulus_has_distinct_primes()
    {
        Assert.Throws<ParameterException>(() => RlweParameters.Create(new() { Size = 4096, Primes = [] }));
        Assert.Throws<ParameterException>(() => RlweParameters.Create(new() { Size = 4096, Primes = [Two[0], Two[0]] }));
    }

    [Fact]
    public void The_parameters_in_use_are_accepted()
    {
        Assert.Equal(2048, RlweParameters.ForLinearLayers().Size);
        Assert.Equal(2, RlweParameters.ForBaseTransfers().Transforms.Count);
    }
}
