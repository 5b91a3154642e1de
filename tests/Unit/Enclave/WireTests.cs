using System.Buffers.Binary;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;

namespace Blindsight.Unit.Enclave;

public sealed class WireTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        byte[] bytes = new WireWriter().Byte(1).Int32(-2).UInt64(3).Double(4.5).Bytes([6]).Text("seven").Floats([8, 9]).Int32s([10]).Raw([11]).ToBytes();
        WireReader reader = new(bytes, "test");
        Assert.Equal(1, reader.Byte());
        Assert.Equal(-2, reader.Int32(-2, -2));
        Assert.Equal(3u, reader.UInt64());
        Assert.Equal(4.5, reader.Double());
        Assert.Equal([6], reader.Bytes(1).ToArray());
        Assert.Equal("seven", reader.Text(5));
        Assert.Equal([8, 9], reader.Floats(2));
        Assert.Equal([10], reader.Int32s(1));
        Assert.Equal(11, reader.Byte());
        reader.End();
    }

    /// <summary>A count of two billion is refused by the eight bytes that are there, before anything is allocated.</summary>
    [Fact]
    public void Counts_are_compared_with_what_is_there()
    {
        byte[] huge = new WireWriter().Int32(int.MaxValue).Int32(0).ToBytes();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(() => { _ = new WireReader(huge, "test").Floats(int.MaxValue); });
        Refused(() => { _ = new WireReader(huge, "test").Int32s(int.MaxValue); });
        Refused(() => { _ = new WireReader(huge, "test").Bytes(int.MaxValue); });
        Refused(() => { _ = new WireReader(huge, "test").Text(int.MaxValue); });
        Refused(() => { _ = new WireReader(huge, "test").Counted(int.MaxValue, 1); });
        Refused(() => { _ = new WireReader(new WireWriter().Int32(-1).ToBytes(), "test").Bytes(10); });
        Refused(() => { _ = new WireReader(new WireWriter().Bytes(new byte[11]).ToBytes(), "test").Bytes(10); });
        Refused(() => { _ = new WireReader([1, 2], "test").UInt64(); });
        Refused(() => { _ = new WireReader(new WireWriter().Double(double.NaN).ToBytes(), "test").Double(); });
        Refused(() => { _ = new WireReader(new WireWriter().Floats([float.PositiveInfinity]).ToBytes(), "test").Floats(1); });
        Refused(() => new WireReader([1], "test").End());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>Kind 1 takes up to 8 bytes, kind 2 up to 1 GiB, and there is no other.</summary>
    [Theory]
    [InlineData(RoomFault.FrameRefused, 0, 1, 0)]
    [InlineData(RoomFault.FrameRefused, -1, 1, 0)]
    [InlineData(RoomFault.FrameRefused, int.MinValue, 1, 0)]
    [InlineData(RoomFault.FrameRefused, 10, 1, 9)]
    [InlineData(RoomFault.FrameRefused, int.MaxValue, 1, 0)]
    [InlineData(RoomFault.FrameRefused, int.MaxValue, 2, 0)]
    [InlineData(RoomFault.FrameRefused, 9, 1, 7)]
    [InlineData(RoomFault.UnknownRequest, 1, 3, 0)]
    [InlineData(RoomFault.UnknownRequest, 1, 0, 0)]
    [InlineData(RoomFault.UnknownRequest, 1, 255, 0)]
    public void Frames_that_are_none_are_refused_by_name(RoomFault fault, int length, byte kind, int payloadBytes)
    {
        byte[] frame = new byte[5 + payloadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        frame[4] = kind;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(fault, Assert.Throws<RoomException>(() => RoomFrames.Read(new MemoryStream(frame), Limit)).Fault);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Frames_come_back_and_an_end_between_them_is_one()
    {
        MemoryStream stream = new();
        RoomFrames.Write(stream, 1, [1, 2, 3]);
        RoomFrames.Write(stream, 2, []);
        stream.Position = 0;
        Assert.Equal([1, 2, 3], RoomFrames.Read(stream, Limit)!.Value.Payload);
        Assert.Equal(2, RoomFrames.Read(stream, Limit)!.Value.Kind);
        Assert.Null(RoomFrames.Read(stream, Limit));
        Assert.Equal(RoomFault.FrameRefused, Assert.Throws<RoomException>(() => RoomFrames.Read(new MemoryStream([1, 0]), Limit)).Fault);
    }

    private static int Limit(byte kind) => kind switch { 1 => 8, 2 => 1 << 30, _ => -1 };

    private static void Refused(Action read) => Assert.Equal(RoomFault.Malformed, Assert.Throws<RoomException>(read).Fault);
}
