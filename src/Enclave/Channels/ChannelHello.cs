using System.Security.Cryptography;
using Blindsight.Attestation;
using Blindsight.Enclave.Identity;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave.Channels;

/// <summary>The first message of an owner's channel.</summary>
/// <param name="Key">Fresh, for this channel: an uncompressed point.</param>
/// <param name="Nonce">32 random bytes.</param>
public sealed record OwnerHello(byte[] Key, byte[] Nonce)
{
    public const int NonceBytes = 32;

    public byte[] ToBytes() => new WireWriter().Byte(RoomProtocol.Version).Raw(Key).Raw(Nonce).ToBytes();

    /// <exception cref="RoomException">Malformed or UnsupportedVersion.</exception>
    public static OwnerHello Read(ReadOnlySpan<byte> bytes)
    {
        WireReader reader = new(bytes, "hello");
        byte version = reader.Byte();
        if (version != RoomProtocol.Version)
            throw new RoomException(RoomFault.UnsupportedVersion, $"hello: version {version} where this enclave speaks version {RoomProtocol.Version}");
        OwnerHello hello = new(reader.Take(CurvePoint.Bytes).ToArray(), reader.Take(NonceBytes).ToArray());
        reader.End();
        return hello;
    }
}

/// <summary>The enclave's answer: a fresh key, its identity and the evidence for that, all signed by the identity together with the owner's hello.</summary>
/// <param name="Channel">The channel's number.</param>
/// <param name="Key">Fresh: an uncompressed point.</param>
/// <param name="Identity">An uncompressed point.</param>
/// <param name="Signature">Of the transcript.</param>
public sealed record RoomHello(ulong Channel, byte[] Key, byte[] Identity, Evidence Evidence, byte[] Signature)
{
    /// <summary>The longest that is looked at.</summary>
    public const int BytesMax = 2 * Evidence.LengthMax + 1024;

    /// <summary>Of everything both said; what keys are bound to and the identity signs.</summary>
    public static byte[] Transcript(OwnerHello owner, ulong channel, ReadOnlySpan<byte> key, ReadOnlySpan<byte> identity, Evidence evidence) =>
        SHA256.HashData(new WireWriter().Text("blindsight enclave channel").Bytes(owner.ToBytes()).UInt64(channel).Bytes(key).Bytes(identity)
            .Bytes(SHA256.HashData(evidence.Encode())).ToBytes());

    public byte[] Transcript(OwnerHello owner) => Transcript(owner, Channel, Key, Identity, Evidence);

    public byte[] ToBytes() => new WireWriter().UInt64(Channel).Raw(Key).Raw(Identity).Raw(Signature).Bytes(Evidence.Encode()).ToBytes();

    /// <exception cref="RoomException">Malformed.</exception>
    public static RoomHello Read(ReadOnlySpan<byte> bytes)
    {
        WireReader reader = new(bytes, "the enclave's hello");
        ulong channel = reader.UInt64();
        byte[] key = reader.Take(CurvePoint.Bytes).ToArray(), identity = reader.Take(CurvePoint.Bytes).ToArray();
        byte[] signature = reader.Take(RoomIdentity.SignatureBytes).ToArray();
        ReadOnlySpan<byte> evidence = reader.Bytes(BytesMax);
        reader.End();
        try
        {
            return new(channel, key, identity, Evidence.Decode(evidence), signature);
        }
        catch (AttestationException malformed)
        {
            throw new RoomException(RoomFault.Malformed, malformed.Message, malformed);
        }
    }
}
