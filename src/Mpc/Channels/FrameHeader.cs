using System.Buffers.Binary;

namespace Blindsight.Mpc.Channels;

/// <summary>
/// What precedes every payload, little-endian: length in bytes (4), tag (2), the low half of the sender's logical clock (2).
/// </summary>
internal readonly record struct FrameHeader(uint Length, ushort Tag, ushort Clock)
{
    public const int Bytes = ChannelCounters.FrameHeaderBytes;

    public static FrameHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt16LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt16LittleEndian(source[6..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Length);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], Tag);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], Clock);
    }
}
