using System.Security.Cryptography;
using Blindsight.Attestation;
using Blindsight.Attestation.Collection;
using Blindsight.Enclave;
using Blindsight.Enclave.Channels;

namespace Blindsight.Unit.Enclave;

public sealed class RecordCipherTests
{
    [Fact]
    public void Records_travel_both_ways_and_nothing_else_opens()
    {
        (RecordCipher owner, RecordCipher room) = Pair([1], [1]);
        using (owner)
        using (room)
        {
            byte[] first = owner.Seal([1]), second = owner.Seal([2]);
            AssertRefused(() => room.Open(second));
            Assert.Equal([1], room.Open(first));
            AssertRefused(() => room.Open(first));
            Assert.Equal([2], room.Open(second));
            byte[] answer = room.Seal([3]);
            AssertRefused(() => room.Open(answer));
            for (int i = 0; i < answer.Length; i++)
            {
                byte[] changed = [.. answer];
                changed[i] ^= 0x80;
                AssertRefused(() => owner.Open(changed));
            }
            AssertRefused(() => owner.Open(answer.AsSpan(1)));
            AssertRefused(() => owner.Open([]));
            Assert.Equal([3], owner.Open(answer));
        }
    }

    [Fact]
    public void Another_transcript_gives_other_keys()
    {
        (RecordCipher owner, RecordCipher room) = Pair([1], [2]);
        using (owner)
        using (room)
            AssertRefused(() => room.Open(owner.Seal([1])));
    }

    [Fact]
    public void Keys_that_are_no_points_and_hellos_that_are_none_are_refused()
    {
        using ECDiffieHellman own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] point = CurvePoint.Of(own);
        foreach (byte[] bad in (byte[][])[[], point[..64], [.. point, 0], [2, .. point[1..]], [4, .. new byte[64]], [.. point[..64], (byte)(point[64] ^ 1)]])
            Assert.Equal(RoomFault.Malformed, Assert.Throws<RoomException>(() => CurvePoint.Agreement(bad)).Fault);
        byte[] hello = new OwnerHello(point, new byte[32]).ToBytes();
        Assert.Equal(point, OwnerHello.Read(hello).Key);
        Assert.Equal(RoomFault.Malformed, Assert.Throws<RoomException>(() => OwnerHello.Read([.. hello, 0])).Fault);
        Assert.Equal(RoomFault.Malformed, Assert.Throws<RoomException>(() => OwnerHello.Read(hello.AsSpan(0, 40))).Fault);
        Assert.Equal(RoomFault.UnsupportedVersion, Assert.Throws<RoomException>(() => OwnerHello.Read([9, .. hello[1..]])).Fault);
        using SimulatedEvidenceSource source = new(new Octets(new byte[48]));
        RoomHello theirs = new(5, point, point, source.Collect(new Octets(new byte[64])), new byte[64]);
        Assert.Equal(5u, RoomHello.Read(theirs.ToBytes()).Channel);
        for (int length = 0; length < theirs.ToBytes().Length; length += 7)
            Assert.Equal(RoomFault.Malformed, Assert.Throws<RoomException>(() => RoomHello.Read(theirs.ToBytes().AsSpan(0, length))).Fault);
    }

    private static (RecordCipher Owner, RecordCipher Room) Pair(byte[] ownersTranscript, byte[] roomsTranscript)
    {
        using ECDiffieHellman owner = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256), room = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return (new(owner, CurvePoint.Of(room), ownersTranscript, isRoom: false), new(room, CurvePoint.Of(owner), roomsTranscript, isRoom: true));
    }

    private static void AssertRefused(Action open) => Assert.Equal(RoomFault.RecordRefused, Assert.Throws<RoomException>(open).Fault);
}
