using System.Buffers.Binary;

namespace Blindsight.Enclave.Wire;

/// <summary>
/// Requests and answers on a stream: length of what follows (4 bytes, little-endian), one byte of request or fault, payload. A length above what its kind
/// may have is refused before anything is allocated.
/// </summary>
public static class RoomFrames
{
    /// <summary>The longest answer: evaluation keys.</summary>
    public const int AnswerBytesMax = 0x5000_0000;

    /// <summary>The longest sealed record.</summary>
    public const int RecordBytesMax = 16 << 20;

    private const int HeaderBytes = 5;

    /// <summary>Writes one frame.</summary>
    public static void Write(Stream stream, byte kind, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, checked(payload.Length + 1));
        header[4] = kind;
        stream.Write(header);
        stream.Write(payload);
        stream.Flush();
    }

    /// <summary>Reads one frame.</summary>
    /// <param name="payloadBytesMax">Of a kind; negative where there is no such kind.</param>
    /// <returns>Null where the stream ended before a frame.</returns>
    /// <exception cref="RoomException">FrameRefused: too long, too short, or it ends early. UnknownRequest.</exception>
    public static (byte Kind, byte[] Payload)? Read(Stream stream, Func<byte, int> payloadBytesMax)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        int got = stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
        if (got == 0) return null;
        if (got < HeaderBytes) throw new RoomException(RoomFault.FrameRefused, "a frame ends inside its header");
        int length = BinaryPrimitives.ReadInt32LittleEndian(header), max = payloadBytesMax(header[4]);
        if (max < 0) throw new RoomException(RoomFault.UnknownRequest, $"a request of kind {header[4]} is not known");
        if (length < 1 || length - 1 > max)
            throw new RoomException(RoomFault.FrameRefused, $"a frame of kind {header[4]} announces {length - 1L} bytes where it may have {max}");
        byte[] payload = new byte[length - 1];
        if (stream.ReadAtLeast(payload, payload.Length, throwOnEndOfStream: false) < payload.Length)
            throw new RoomException(RoomFault.FrameRefused, "a frame ends inside its payload");
        return (header[4], payload);
    }
}
