using System.Security.Cryptography;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;

namespace Blindsight.Unit.Hosting;

public sealed class SealedResultTests : IDisposable
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _plan = SHA256.HashData([1]), _result = RandomNumberGenerator.GetBytes(37);
    private readonly QueryId _query = QueryId.Draw();

    public void Dispose() => _key.Dispose();

    [Fact]
    public void What_is_sealed_opens_at_the_client_and_is_as_long_as_stated()
    {
        byte[] message = Seal();
        Assert.Equal(SealedResult.BytesOf(_result.Length), message.Length);
        Assert.Equal(_result, Open(message));
        Assert.NotEqual(message, Seal());
    }

    [Fact]
    public void It_opens_for_no_other_party_query_plan_or_key()
    {
        byte[] message = Seal();
        using ECDiffieHellman other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        AssertRefused(() => SealedResult.Open(_key, ServerRole.Second, _query, _plan, message, _result.Length));
        AssertRefused(() => SealedResult.Open(_key, ServerRole.First, QueryId.Draw(), _plan, message, _result.Length));
        AssertRefused(() => SealedResult.Open(_key, ServerRole.First, _query, SHA256.HashData([2]), message, _result.Length));
        AssertRefused(() => SealedResult.Open(other, ServerRole.First, _query, _plan, message, _result.Length));
    }

    [Fact]
    public void A_changed_bit_anywhere_is_noticed()
    {
        byte[] message = Seal();
        for (int at = 0; at < message.Length; at++)
        {
            byte[] changed = [.. message];
            changed[at] ^= 1;
            Assert.Contains(Assert.Throws<QueryFaultException>(() => Open(changed)).Fault, new[] { QueryFault.BadAnswer, QueryFault.BadKey });
        }
    }

    [Fact]
    public void Another_length_is_refused()
    {
        byte[] message = Seal();
        AssertRefused(() => Open(message[..^1]));
        AssertRefused(() => Open([.. message, 0]));
        AssertRefused(() => Open([]));
    }

    [Fact]
    public void A_key_that_is_no_point_of_the_curve_is_refused()
    {
        byte[] good = SealedResult.PublicKey(_key), outside = [.. good], compressed = [.. good], infinity = new byte[good.Length];
        outside[^1] ^= 1;
        compressed[0] = 2;
        infinity[0] = 4;
        SealedResult.CheckKey(good);
        foreach (byte[] key in new[] { outside, compressed, infinity, good[..^1], [.. good, 0], [], new byte[65] })
            Assert.Equal(QueryFault.BadKey, Assert.Throws<QueryFaultException>(() => SealedResult.CheckKey(key)).Fault);
    }

    /// <summary>The contract written out with the platform's primitives alone, as a browser would.</summary>
    [Fact]
    public void It_is_what_the_interface_says()
    {
        byte[] message = Seal();
        using ECDiffieHellman server = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = message[1..33], Y = message[33..65] },
        });
        byte[] info = [.. "blindsight resulta"u8, .. Convert.FromHexString($"{_query}"), .. _plan];
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, _key.DeriveRawSecretAgreement(server.PublicKey), 32, [], info), opened = new byte[_result.Length];
        using AesGcm cipher = new(key, 16);
        cipher.Decrypt(message.AsSpan(65, 12), message.AsSpan(77, opened.Length), message.AsSpan(77 + opened.Length), opened);
        Assert.Equal(_result, opened);
    }

    private byte[] Seal() => SealedResult.Seal(SealedResult.PublicKey(_key), ServerRole.First, _query, _plan, _result);

    private byte[] Open(byte[] message) => SealedResult.Open(_key, ServerRole.First, _query, _plan, message, _result.Length);

    private static void AssertRefused(Action open) => Assert.Equal(QueryFault.BadAnswer, Assert.Throws<QueryFaultException>(open).Fault);
}
