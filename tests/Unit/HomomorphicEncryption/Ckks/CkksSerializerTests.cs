using System.Buffers.Binary;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Unit.HomomorphicEncryption.Ckks;

public sealed class CkksSerializerTests(CkksKit kit) : IClassFixture<CkksKit>
{
    private readonly CkksSerializer _serializer = new(kit.Context);
    private readonly double[] _x = kit.Signs("x");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Ciphertexts_come_back_exactly_seeded_or_not(int level)
    {
        using CkksCiphertext fresh = kit.Encrypt(_x, level: level), doubled = kit.Evaluator.Add(fresh, fresh);
        byte[] freshBytes = _serializer.Write(fresh), doubledBytes = _serializer.Write(doubled);
        Assert.Equal(_serializer.CiphertextBytes(level, true), freshBytes.Length);
        Assert.Equal(_serializer.CiphertextBytes(level, false), doubledBytes.Length);
        using CkksCiphertext freshBack = _serializer.ReadCiphertext(freshBytes), doubledBack = _serializer.ReadCiphertext(doubledBytes);
        Assert.True(fresh.Part(1).SequenceEqual(freshBack.Part(1)));
        Same(doubled, doubledBack);
        Assert.Equal(freshBytes, _serializer.Write(freshBack));
        Assert.Equal(doubledBytes, _serializer.Write(doubledBack));
        Assert.Equal((fresh.Scale, fresh.Estimate), (freshBack.Scale, freshBack.Estimate));
        Assert.InRange(kit.NoiseRatio(freshBack, _x), 0.9, 1.1);
    }

    [Fact]
    public void Sums_that_began_as_fresh_ciphertexts_travel_whole()
    {
        using CkksCiphertext x = kit.Encrypt(_x), sum = kit.Encrypt(_x, 4 * CkksKit.Scale);
        kit.Evaluator.MultiplyAdd(x, 1, 4, sum);
        using CkksCiphertext back = _serializer.ReadCiphertext(_serializer.Write(sum));
        Same(sum, back);
        kit.NoiseRatio(back, [.. _x.Select(a => 2 * a)]);
    }

    [Fact]
    public void Keys_come_back_and_work()
    {
        byte[] publicBytes = _serializer.Write(kit.Public), relinearization = _serializer.Write(kit.Relinearization);
        byte[] galois = _serializer.Write(kit.Galois), seed = new byte[CkksSecretKey.SeedBytes];
        kit.Secret.WriteSeed(seed);
        using CkksPublicKey publicKey = _serializer.ReadPublicKey(publicBytes);
        using CkksRelinearizationKey relinearizationKey = _serializer.ReadRelinearizationKey(relinearization);
        using CkksGaloisKeys galoisKeys = _serializer.ReadGaloisKeys(galois);
        using CkksSecretKey secret = CkksSecretKey.FromSeed(kit.Context, seed);
        Assert.Equal(publicBytes, _serializer.Write(publicKey));
        Assert.Equal(relinearization, _serializer.Write(relinearizationKey));
        Assert.Equal(galois, _serializer.Write(galoisKeys));
        Assert.Equal(_serializer.GaloisKeysBytes(5), galois.Length);
        Assert.True(secret.Transform(2).SequenceEqual(kit.Secret.Transform(2)));
        using CkksPlaintext plaintext = kit.Encode(_x);
        using CkksCiphertext x = new CkksPublicEncryptor(publicKey, kit.Randomness).Encrypt(plaintext);
        using CkksProduct product = kit.Evaluator.Multiply(x, x);
        using CkksCiphertext square = kit.Evaluator.RelinearizeAndRescale(product, relinearizationKey);
        using CkksCiphertext rotated = kit.Evaluator.Rotate(x, 700, galoisKeys);
        Assert.InRange(kit.NoiseRatio(square, [.. _x.Select(a => a * a)]), 0.9, 1.1);
        Assert.InRange(kit.NoiseRatio(rotated, [.. _x[700..], .. _x[..700]]), 0.9, 1.1);
    }

    [Fact]
    public void Other_lengths_are_refused_before_anything_is_made_of_them()
    {
        using CkksCiphertext ciphertext = kit.Encrypt(_x);
        byte[][] messages =
        [
            _serializer.Write(ciphertext), _serializer.Write(kit.Public), _serializer.Write(kit.Relinearization), _serializer.Write(kit.Galois),
        ];
        Action<byte[]>[] readers =
        [
            bytes => _serializer.ReadCiphertext(bytes).Dispose(), bytes => _serializer.ReadPublicKey(bytes).Dispose(),
            bytes => _serializer.ReadRelinearizationKey(bytes).Dispose(), bytes => _serializer.ReadGaloisKeys(bytes).Dispose(),
        ];
        for (int i = 0; i < readers.Length; i++)
        {
            foreach (int length in new[] { 0, 1, 9, 10, 13, 14, 34, messages[i].Length - 1 })
                Assert.Throws<FormatException>(() => readers[i](messages[i][..length]));
            Assert.Throws<FormatException>(() => readers[i]([.. messages[i], 0]));
            foreach (byte[] other in messages.Where(message => message != messages[i])) Assert.Throws<FormatException>(() => readers[i](other));
            for (int header = 0; header < 10; header++)
            {
                byte[] changed = [.. messages[i]];
                changed[header] ^= 0x40;
                Assert.Throws<FormatException>(() => readers[i](changed));
            }
        }
    }

    [Fact]
    public void Residues_that_are_not_canonical_are_refused()
    {
        using CkksCiphertext ciphertext = kit.Encrypt(_x);
        byte[] seeded = _serializer.Write(ciphertext), relinearization = _serializer.Write(kit.Relinearization);
        seeded.AsSpan(34 + CkksSecretKey.SeedBytes, 7).Fill(0xff);
        relinearization.AsSpan(relinearization.Length - 7).Fill(0xff);
        Assert.Contains("not below its prime", Assert.Throws<FormatException>(() => _serializer.ReadCiphertext(seeded)).Message);
        Assert.Contains("not below its prime", Assert.Throws<FormatException>(() => _serializer.ReadRelinearizationKey(relinearization)).Message);
    }

    [Theory]
    [InlineData(10, double.NaN)]
    [InlineData(10, double.PositiveInfinity)]
    [InlineData(10, 0.5)]
    [InlineData(10, 1e300)]
    [InlineData(18, -1.0)]
    [InlineData(18, double.NaN)]
    [InlineData(18, 1e300)]
    [InlineData(26, double.NegativeInfinity)]
    [InlineData(26, 1e60)]
    public void Claims_that_cannot_be_are_refused(int at, double claim)
    {
        using CkksCiphertext ciphertext = kit.Encrypt(_x);
        byte[] bytes = _serializer.Write(ciphertext);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(at), claim);
        Assert.Throws<FormatException>(() => _serializer.ReadCiphertext(bytes));
    }

    [Fact]
    public void Galois_keys_are_of_automorphisms_in_order()
    {
        byte[] bytes = _serializer.Write(kit.Galois);
        foreach (int element in new[] { 1, 2, -1, int.MaxValue, 4097 })
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), element);
            Assert.Throws<FormatException>(() => _serializer.ReadGaloisKeys(bytes));
        }
        foreach (int count in new[] { -1, 0, 4, 6, int.MaxValue })
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(10), count);
            Assert.Throws<FormatException>(() => _serializer.ReadGaloisKeys(bytes));
        }
    }

    /// <summary>Residues are equal, whatever representatives stand for them.</summary>
    private void Same(CkksCiphertext a, CkksCiphertext b)
    {
        Assert.Equal((a.Level, a.Scale, a.Estimate), (b.Level, b.Scale, b.Estimate));
        for (int row = 0; row < a.Rows; row++)
            for (int i = 0; i < kit.Parameters.Degree; i++)
                Assert.Equal(a.ModulusOf(row).ToCanonical(a.Row(row)[i]), b.ModulusOf(row).ToCanonical(b.Row(row)[i]));
    }
}
