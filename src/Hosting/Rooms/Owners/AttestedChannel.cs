using System.Security.Cryptography;
using System.Text;
using Blindsight.Attestation;
using Blindsight.Enclave;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Identity;
using Blindsight.Enclave.Wire;

namespace Blindsight.Hosting.Rooms.Owners;

/// <summary>
/// The outer end of a channel that ends inside the enclave. It opens only when the evidence is good under the owner's terms, was made for the enclave's
/// identity, and that identity has signed this very exchange of keys. The host in between carries records that it can neither read nor change.
/// </summary>
public sealed class AttestedChannel : IDisposable
{
    private readonly HostLine _line;
    private readonly RecordCipher _cipher;
    private readonly ulong _number;

    private AttestedChannel(HostLine line, RoomHello hello, RecordCipher cipher, byte[] transcript, Attested verdict) =>
        (_line, _number, _cipher, Transcript, Verdict) = (line, hello.Channel, cipher, transcript, verdict);

    /// <summary>The verdict on the enclave. Show its label.</summary>
    public Attested Verdict { get; }

    /// <summary>What both said while the channel opened, hashed.</summary>
    internal byte[] Transcript { get; }

    /// <exception cref="AttestationException">The evidence is refused.</exception>
    /// <exception cref="RoomException">The enclave refused, or its identity has not signed.</exception>
    public static AttestedChannel Open(HostLine line, AttestationTerms terms)
    {
        using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        OwnerHello mine = new(CurvePoint.Of(key), RandomNumberGenerator.GetBytes(OwnerHello.NonceBytes));
        RoomHello theirs = RoomHello.Read(line.Ask(RoomTag.Open, mine.ToBytes(), RoomHello.BytesMax));
        Attested verdict = terms.Verify(theirs.Evidence, RoomIdentity.ReportData(theirs.Identity));
        byte[] transcript = theirs.Transcript(mine);
        using (ECDsa identity = CurvePoint.Signature(theirs.Identity))
            if (!identity.VerifyHash(transcript, theirs.Signature))
                throw new RoomException(RoomFault.RecordRefused, "the enclave's identity has not signed this exchange: somebody is in between");
        return new(line, theirs, new RecordCipher(key, theirs.Key, transcript, isRoom: false), transcript, verdict);
    }

    /// <summary>One message and its answer.</summary>
    /// <exception cref="RoomException">The enclave refused, or the answer was changed on its way.</exception>
    internal byte[] Ask(OwnerMessage message, ReadOnlySpan<byte> payload)
    {
        byte[] content = [(byte)message, .. payload];
        byte[] record = new WireWriter().UInt64(_number).Raw(_cipher.Seal(content)).ToBytes();
        CryptographicOperations.ZeroMemory(content);
        byte[] answer = _cipher.Open(_line.Ask(RoomTag.Record, record, RoomFrames.RecordBytesMax));
        if (answer is [(byte)RoomFault.None, ..]) return answer[1..];
        if (answer.Length == 0 || !Enum.IsDefined((RoomFault)answer[0])) throw new RoomException(RoomFault.Malformed, "the enclave's answer has no form");
        throw new RoomException((RoomFault)answer[0], Encoding.UTF8.GetString(answer.AsSpan(1)));
    }

    public void Dispose() => _cipher.Dispose();
}
