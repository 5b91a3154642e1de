using System.Runtime.InteropServices;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.FunctionSecretSharing;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.FunctionSecretSharing;

public sealed class DistributedComparisonTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void Shares_add_up_to_the_comparison_for_every_secret_and_point(int bits)
    {
        uint size = 1u << bits;
        uint[] secrets = new uint[size * size], points = new uint[secrets.Length];
        for (uint i = 0; i < secrets.Length; i++) (secrets[i], points[i]) = (i / size, i % size);
        Check(bits, secrets, points);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(31)]
    [InlineData(32)]
    public void Shares_add_up_at_neighbours_and_extremes_of_wide_domains(int bits)
    {
        using Prg prg = Prg.Derive([], "points");
        uint[] random = new uint[300], top = [0, 1, uint.MaxValue >> (32 - bits), uint.MaxValue >> (33 - bits)];
        prg.Fill<uint>(random);
        uint[] secrets = [.. random.Select(value => value >> (32 - bits)), .. top, .. top];
        uint[] points = [.. secrets.Select((secret, i) => (secret + (uint)(i % 3) - 1) & (uint.MaxValue >> (32 - bits)))];
        Check(bits, secrets, points);
        Check(bits, secrets, [.. random.Reverse().Select(value => value >> (32 - bits)), .. top, .. top.Reverse()]);
    }

    [Fact]
    public void One_partys_bits_are_balanced_whatever_the_secret()
    {
        foreach (uint secret in new uint[] { 0, 1 << 14 })
        {
            Dealt dealt = new(15, [.. Enumerable.Repeat(secret, 20_000)]);
            uint[] points = new uint[20_000];
            foreach (bool second in new[] { false, true })
                Assert.InRange(dealt.Evaluate(second, points).Sum(word => ulong.PopCount(word) is var ones ? (int)ones : 0), 9_500, 10_500);
        }
    }

    [Fact]
    public void Both_parties_keys_cost_what_is_declared_and_other_domains_are_refused()
    {
        Assert.Equal(16 + 8 * (16 + 3 / 8.0), ComparisonKeys.BytesEach(15));
        Assert.Throws<ParameterException>(() => new ComparisonKeys(33, 1));
        Assert.Throws<ParameterException>(() => new ComparisonKeys(0, 1));
        Assert.Throws<ParameterException>(() => new ComparisonKeys(8, 0));
    }

    [Fact]
    public void Malformed_keys_are_refused()
    {
        using ComparisonKeys keys = new(8, 3);
        byte[] message = new byte[ComparisonKeys.Bytes(8, 3)];
        Assert.Equal((3 + 3) * 16 + 2, message.Length);
        message[^1] = 0x80;
        Assert.Throws<FormatException>(() => keys.Read(message));
        Assert.Throws<ArgumentException>(() => keys.Read(message.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => keys.Write(message.AsSpan(1)));
    }

    private static void Check(int bits, uint[] secrets, uint[] points)
    {
        Dealt dealt = new(bits, secrets);
        ulong[] first = dealt.Evaluate(false, points), second = dealt.Evaluate(true, points);
        for (int i = 0; i < secrets.Length; i++)
            Assert.Equal(points[i] < secrets[i], ((first[i / 64] ^ second[i / 64]) >> (i % 64) & 1) == 1);
        Assert.Equal(0ul, (first[^1] | second[^1]) >> 1 >> ((secrets.Length - 1) % 64));
    }

    private sealed class Dealt
    {
        private const ulong FirstIndex = 5;
        private readonly CorrelationRobustHash _hash = new(new byte[16]);
        private readonly ComparisonKeys _keys;
        private readonly Block[][] _roots;

        public Dealt(int bits, uint[] secrets)
        {
            using Prg prg = Prg.Derive([], "roots");
            _roots = [new Block[secrets.Length], new Block[secrets.Length]];
            foreach (Block[] roots in _roots) prg.Fill<Block>(roots);
            using ComparisonKeys dealt = new(bits, secrets.Length);
            DistributedComparison.Deal(_hash, FirstIndex, secrets, _roots[0], _roots[1], dealt);
            byte[] message = new byte[ComparisonKeys.Bytes(bits, secrets.Length)];
            dealt.Write(message);
            _keys = new ComparisonKeys(bits, secrets.Length);
            _keys.Read(message);
        }

        public ulong[] Evaluate(bool second, uint[] points)
        {
            ulong[] shares = new ulong[(points.Length + 63) / 64];
            DistributedComparison.Evaluate(_hash, FirstIndex, second, _keys, _roots[second ? 1 : 0], points, shares);
            return shares;
        }
    }
}
