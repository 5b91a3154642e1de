using System.Security.Cryptography;

namespace Blindsight.Hosting.Client;

/// <summary>
/// A server's share of a result, encrypted to the key that came with the query, so that a result that waits on a disk, or travels, is the client's alone.
/// ECDH on P-256 with a fresh key of the server's; HKDF-SHA256 over its x coordinate, empty salt, with party, query and plan in the info; AES-256-GCM.
/// 65 bytes of the server's public key, 12 of nonce, the ciphertext, 16 of tag. The nonce is random, and the key is used once anyway.
/// </summary>
/// <remarks>It hides results and binds them to query, plan and party. It does not authenticate the server: whoever knows the client's key can seal.</remarks>
public static class SealedResult
{
    /// <summary>An uncompressed public key: 4, x, y.</summary>
    public const int KeyBytes = 65;

    private const int NonceBytes = 12, TagBytes = 16, CoordinateBytes = 32;
    private const byte Uncompressed = 4;

    /// <summary>Bytes that sealing <paramref name="resultBytes"/> gives.</summary>
    public static int BytesOf(int resultBytes) => KeyBytes + NonceBytes + resultBytes + TagBytes;

    /// <exception cref="QueryFaultException">The key is no point of the curve.</exception>
    public static void CheckKey(ReadOnlySpan<byte> key)
    {
        using ECDiffieHellman _ = Import(key);
    }

    /// <summary>A key pair's public half.</summary>
    public static byte[] PublicKey(ECDiffieHellman key)
    {
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        return [Uncompressed, .. point.X!, .. point.Y!];
    }

    /// <summary>Encrypts a result share to a client.</summary>
    /// <param name="clientKey"><see cref="KeyBytes"/> long.</param>
    public static byte[] Seal(ReadOnlySpan<byte> clientKey, ServerRole role, QueryId query, ReadOnlySpan<byte> planHash, ReadOnlySpan<byte> result)
    {
        using ECDiffieHellman mine = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256), theirs = Import(clientKey);
        byte[] message = new byte[BytesOf(result.Length)];
        PublicKey(mine).CopyTo(message, 0);
        Span<byte> nonce = message.AsSpan(KeyBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        byte[] key = Key(mine, theirs, role, query, planHash);
        using (AesGcm cipher = new(key, TagBytes))
            cipher.Encrypt(nonce, result, message.AsSpan(KeyBytes + NonceBytes, result.Length), message.AsSpan(message.Length - TagBytes));
        CryptographicOperations.ZeroMemory(key);
        return message;
    }

    /// <summary>Decrypts at the client.</summary>
    /// <param name="resultBytes">What the plan says of the share's length.</param>
    /// <exception cref="QueryFaultException">Another length, a key that is none, or not sealed for this query, plan, party and key.</exception>
    public static byte[] Open(
        ECDiffieHellman clientKey, ServerRole role, QueryId query, ReadOnlySpan<byte> planHash, ReadOnlySpan<byte> message, int resultBytes)
    {
        if (message.Length != BytesOf(resultBytes))
            throw new QueryFaultException(QueryFault.BadAnswer, $"a sealed result has {message.Length} bytes instead of {BytesOf(resultBytes)}");
        using ECDiffieHellman theirs = Import(message[..KeyBytes]);
        byte[] key = Key(clientKey, theirs, role, query, planHash), result = new byte[resultBytes];
        try
        {
            using AesGcm cipher = new(key, TagBytes);
            cipher.Decrypt(message.Slice(KeyBytes, NonceBytes), message.Slice(KeyBytes + NonceBytes, resultBytes), message[^TagBytes..], result);
        }
        catch (AuthenticationTagMismatchException fault)
        {
            throw new QueryFaultException(QueryFault.BadAnswer, "a result was not sealed for this query, or was changed", fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
        return result;
    }

    private static byte[] Key(ECDiffieHellman mine, ECDiffieHellman theirs, ServerRole role, QueryId query, ReadOnlySpan<byte> planHash)
    {
        using ECDiffieHellmanPublicKey key = theirs.PublicKey;
        byte[] secret = mine.DeriveRawSecretAgreement(key);
        byte[] info = [.. "blindsight result"u8, (byte)role.Letter(), .. query.ToBytes(), .. planHash];
        byte[] derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, [], info);
        CryptographicOperations.ZeroMemory(secret);
        return derived;
    }

    private static ECDiffieHellman Import(ReadOnlySpan<byte> key)
    {
        try
        {
            if (key.Length == KeyBytes && key[0] == Uncompressed)
                return ECDiffieHellman.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = key.Slice(1, CoordinateBytes).ToArray(), Y = key[(1 + CoordinateBytes)..].ToArray() },
                });
        }
        catch (CryptographicException)
        {
            // Not on the curve: refused below.
        }
        throw new QueryFaultException(QueryFault.BadKey, "the key is not an uncompressed point of P-256");
    }
}
