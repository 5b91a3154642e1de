using System.Buffers.Binary;
using System.IO.Compression;

namespace Blindsight.Compiler.Inputs;

/// <summary>Bounded decompression.</summary>
internal static class Decompression
{
    /// <summary>Most bytes that any input may become.</summary>
    public const long BytesMax = 1L << 30;

    /// <summary>Most bytes out for one byte in; pictures and digits stay below 30.</summary>
    private const int RatioMax = 256;

    /// <summary>The content of a file, decompressed if it is gzip.</summary>
    public static byte[] Unpack(byte[] data, string file)
    {
        if (data.Length < 18 || data[0] != 0x1f || data[1] != 0x8b) return data;
        long limit = Math.Min(BytesMax, 4096 + (long)data.Length * RatioMax);
        try
        {
            using GZipStream gzip = new(new MemoryStream(data), CompressionMode.Decompress);
            using MemoryStream unpacked = new();
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = gzip.Read(buffer)) > 0;)
            {
                if (unpacked.Length + read > limit) throw new InputException(file, "gzip", $"more than {limit} bytes from {data.Length}");
                unpacked.Write(buffer, 0, read);
            }
            if (BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(data.Length - 4)) != (uint)unpacked.Length)
                throw new InputException(file, "gzip", "the compressed data ends early or is damaged");
            return unpacked.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InputException(file, "gzip", "the compressed data is damaged", e);
        }
    }

    /// <summary>Exactly <paramref name="bytes"/> bytes of a zlib stream.</summary>
    public static byte[] Inflate(byte[] data, long bytes, string file)
    {
        if (bytes > Math.Min(BytesMax, 4096 + (long)data.Length * 1032))
            throw new InputException(file, "IDAT", $"{bytes} bytes of pixels cannot come from {data.Length} bytes");
        byte[] inflated = new byte[bytes];
        try
        {
            using ZLibStream zlib = new(new MemoryStream(data), CompressionMode.Decompress);
            zlib.ReadExactly(inflated);
            return inflated;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InputException(file, "IDAT", "the compressed data is damaged or too short", e);
        }
    }
}
