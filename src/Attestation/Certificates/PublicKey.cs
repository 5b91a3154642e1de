using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Blindsight.Attestation.Certificates;

/// <summary>The keys that occur.</summary>
internal enum KeyKind
{
    P256,
    P384,
    Rsa4096,
}

/// <summary>A public key from a certificate, or a bare point, and what can be verified with it.</summary>
internal sealed class PublicKey
{
    private const string EcPublicKey = "1.2.840.10045.2.1", RsaEncryption = "1.2.840.113549.1.1.1",
        P256Curve = "1.2.840.10045.3.1.7", P384Curve = "1.3.132.0.34";

    private const int RsaBytes = 512;

    private readonly byte[] first, second; // x and y, or modulus and exponent

    private PublicKey(KeyKind kind, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Kind = kind;
        this.first = first.ToArray();
        this.second = second.ToArray();
    }

    public KeyKind Kind { get; }

    /// <summary>A key on P-256 from x and y of 32 bytes each, big-endian. Whether it is on the curve shows when it is used.</summary>
    public static PublicKey FromPoint(ReadOnlySpan<byte> point) => new(KeyKind.P256, point[..32], point[32..64]);

    /// <summary>Reads a SubjectPublicKeyInfo.</summary>
    /// <exception cref="AsnContentException">Not P-256, P-384 or RSA of 4,096 bits with exponent 65,537.</exception>
    public static PublicKey Read(AsnReader subjectPublicKeyInfo)
    {
        AsnReader algorithm = subjectPublicKeyInfo.ReadSequence();
        byte[] key = subjectPublicKeyInfo.ReadBitString(out int unusedBits);
        subjectPublicKeyInfo.ThrowIfNotEmpty();
        if (unusedBits != 0) throw new AsnContentException("key with a broken last byte");
        string kind = algorithm.ReadObjectIdentifier();
        PublicKey read = kind switch
        {
            EcPublicKey => ReadPoint(algorithm.ReadObjectIdentifier(), key),
            RsaEncryption => ReadRsa(algorithm, key),
            _ => throw new AsnContentException($"key algorithm {kind} is not accepted"),
        };
        algorithm.ThrowIfNotEmpty();
        return read;
    }

    /// <summary>Whether <paramref name="signature"/> (as certificates carry it) over <paramref name="data"/> is this key's.</summary>
    public bool Verifies(SignatureScheme scheme, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        return (scheme, Kind) switch
        {
            (SignatureScheme.EcdsaSha256, KeyKind.P256) =>
                VerifiesEcdsa(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
            (SignatureScheme.RsaPssSha384, KeyKind.Rsa4096) => signature.Length == RsaBytes && VerifiesRsa(data, signature),
            _ => false,
        };
    }

    /// <summary>Whether the bare signature r, s (big-endian, each as long as a coordinate) over <paramref name="data"/> is this key's.</summary>
    public bool VerifiesBare(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => Kind switch
    {
        KeyKind.P256 => VerifiesEcdsa(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        KeyKind.P384 => VerifiesEcdsa(data, signature, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        _ => false,
    };

    private bool VerifiesEcdsa(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, HashAlgorithmName hash, DSASignatureFormat format)
    {
        ECCurve curve = Kind == KeyKind.P256 ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP384;
        try
        {
            using ECDsa key = ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = first, Y = second } });
            return key.VerifyData(data, signature, hash, format);
        }
        catch (CryptographicException)
        {
            return false; // a point off the curve: nobody's key
        }
    }

    private bool VerifiesRsa(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            using RSA key = RSA.Create(new RSAParameters { Modulus = first, Exponent = second });
            return key.VerifyData(data, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pss); // salt as long as the hash
        }
        catch (CryptographicException)
        {
            return false; // not a modulus: nobody's key
        }
    }

    private static PublicKey ReadPoint(string curve, ReadOnlySpan<byte> point)
    {
        (KeyKind kind, int bytes) = curve switch
        {
            P256Curve => (KeyKind.P256, 32),
            P384Curve => (KeyKind.P384, 48),
            _ => throw new AsnContentException($"curve {curve} is not accepted"),
        };
        if (point.Length != 1 + 2 * bytes || point[0] != 4) throw new AsnContentException("point is not uncompressed");
        return new PublicKey(kind, point.Slice(1, bytes), point[(1 + bytes)..]);
    }

    private static PublicKey ReadRsa(AsnReader algorithm, byte[] key)
    {
        algorithm.ReadNull();
        AsnReader outer = new(key, AsnEncodingRules.DER);
        AsnReader numbers = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        ReadOnlySpan<byte> modulus = numbers.ReadIntegerBytes().Span;
        ReadOnlySpan<byte> exponent = numbers.ReadIntegerBytes().Span;
        numbers.ThrowIfNotEmpty();
        // A modulus of 4,096 bits has its top bit set, so DER puts a zero byte before it.
        if (modulus.Length != RsaBytes + 1 || modulus[0] != 0 || modulus[1] < 0x80) throw new AsnContentException("RSA key of another length than 4,096 bits");
        if (!exponent.SequenceEqual((ReadOnlySpan<byte>)[1, 0, 1])) throw new AsnContentException("RSA key with another exponent than 65,537");
        return new PublicKey(KeyKind.Rsa4096, modulus[1..], exponent);
    }
}
