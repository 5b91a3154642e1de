using System.Security.Cryptography;

namespace Blindsight.Enclave.Channels;

/// <summary>Uncompressed points of P-256 as they travel: 4, x, y.</summary>
public static class CurvePoint
{
    public const int Bytes = 65;

    private const int CoordinateBytes = 32;
    private const byte Uncompressed = 4;

    public static byte[] Of(ECDiffieHellman key) => Of(key.ExportParameters(includePrivateParameters: false));

    public static byte[] Of(ECDsa key) => Of(key.ExportParameters(includePrivateParameters: false));

    /// <exception cref="RoomException">Malformed: not a point of the curve.</exception>
    public static ECDiffieHellman Agreement(ReadOnlySpan<byte> point) => Import(point, ECDiffieHellman.Create);

    /// <inheritdoc cref="Agreement"/>
    public static ECDsa Signature(ReadOnlySpan<byte> point) => Import(point, ECDsa.Create);

    private static byte[] Of(ECParameters parameters) => [Uncompressed, .. parameters.Q.X!, .. parameters.Q.Y!];

    private static T Import<T>(ReadOnlySpan<byte> point, Func<ECParameters, T> create)
    {
        try
        {
            if (point.Length == Bytes && point[0] == Uncompressed)
                return create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = point.Slice(1, CoordinateBytes).ToArray(), Y = point[(1 + CoordinateBytes)..].ToArray() },
                });
        }
        catch (CryptographicException)
        {
            // Not on the curve: refused below.
        }
        throw new RoomException(RoomFault.Malformed, "a key is not an uncompressed point of P-256");
    }
}
