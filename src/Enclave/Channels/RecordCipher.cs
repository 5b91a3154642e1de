using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Blindsight.Enclave.Channels;

/// <summary>
/// Records of a channel whose one end is inside the enclave: AES-256-GCM, a key for each direction by HKDF-SHA256 from ECDH on P-256, salted with the
/// transcript. The nonce is the record's number, which does not travel: a record that is changed, repeated, left out or reordered does not open.
/// </summary>
public sealed class RecordCipher : IDisposable
{
    public const int TagBytes = 16;

    private const int KeyBytes = 32, NonceBytes = 12;

    private readonly AesGcm _out, _in;
    private ulong _sent, _received;

    /// <param name="own">This end's fresh key.</param>
    /// <param name="peer">The other end's, an uncompressed point.</param>
    /// <param name="transcript">As <see cref="RoomHello.Transcript(OwnerHello)"/>.</param>
    /// <param name="isRoom">Which end this is.</param>
    /// <exception cref="RoomException">Malformed: the other end's key is none.</exception>
    public RecordCipher(ECDiffieHellman own, ReadOnlySpan<byte> peer, ReadOnlySpan<byte> transcript, bool isRoom)
    {
        using ECDiffieHellman other = CurvePoint.Agreement(peer);
        using ECDiffieHellmanPublicKey otherKey = other.PublicKey;
        byte[] secret = own.DeriveRawSecretAgreement(otherKey), salt = transcript.ToArray();
        byte[] toRoom = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeyBytes, salt, [.. "owner to room"u8]);
        byte[] toOwner = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeyBytes, salt, [.. "room to owner"u8]);
        (_out, _in) = (new AesGcm(isRoom ? toOwner : toRoom, TagBytes), new AesGcm(isRoom ? toRoom : toOwner, TagBytes));
        foreach (byte[] key in (byte[][])[secret, toRoom, toOwner]) CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>The next record: ciphertext and tag.</summary>
    public byte[] Seal(ReadOnlySpan<byte> content)
    {
        byte[] record = new byte[content.Length + TagBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, _sent++);
        _out.Encrypt(nonce, content, record.AsSpan(0, content.Length), record.AsSpan(content.Length));
        return record;
    }

    /// <summary>Opens the next record of the other end.</summary>
    /// <exception cref="RoomException">RecordRefused: it is not that record.</exception>
    public byte[] Open(ReadOnlySpan<byte> record)
    {
        if (record.Length < TagBytes) throw new RoomException(RoomFault.RecordRefused, $"a record of {record.Length} bytes is shorter than its tag");
        byte[] content = new byte[record.Length - TagBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, _received);
        try
        {
            _in.Decrypt(nonce, record[..^TagBytes], record[^TagBytes..], content);
        }
        catch (AuthenticationTagMismatchException changed)
        {
            throw new RoomException(RoomFault.RecordRefused, $"record {_received} of a channel was changed, repeated, left out or reordered", changed);
        }
        _received++;
        return content;
    }

    public void Dispose()
    {
        _out.Dispose();
        _in.Dispose();
    }
}
