using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Ntt;
using Blindsight.Arithmetic.Tensors;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.HomomorphicEncryption.Rlwe;

namespace Blindsight.Unit.HomomorphicEncryption.Rlwe;

public sealed class RlweParametersTests
{
    [Theory]
    [InlineData(1024, 1)]
    [InlineData(2048, 2)]
    [InlineData(4096, 3)]
    [InlineData(512, 1)]
    [InlineData(3000, 1)]
    [InlineData(65536, 1)]
    public void Less_than_128_bits_of_security_is_refused(int degree, int primes) =>
        Assert.Throws<ParameterException>(() => RlweParameters.Create(new RlweParameterSpec(degree, NttPrimes.Values[..primes])));

    [Fact]
    public void A_modulus_has_distinct_primes()
    {
        Assert.Throws<ParameterException>(() => RlweParameters.Create(new RlweParameterSpec(4096, [])));
        Assert.Throws<ParameterException>(
            () => RlweParameters.Create(new RlweParameterSpec(4096, [NttPrimes.Values[0], NttPrimes.Values[0]])));
    }

    [Fact]
    public void Linear_layers_take_one_prime() => Assert.Throws<ParameterException>(
        () => LinearPacking.Choose(RlweParameters.BaseOt, LinearConsumer.Precise(ConvolutionGeometry.Dense(1, 1))));

    [Fact]
    public void The_parameters_in_use_are_accepted()
    {
        Assert.Equal((2048, 1), (RlweParameters.Linear.Degree, RlweParameters.Linear.Primes.Length));
        Assert.Equal((4096, 2), (RlweParameters.BaseOt.Degree, RlweParameters.BaseOt.Primes.Length));
    }
}
