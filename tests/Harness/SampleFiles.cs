using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Blindsight.Harness;

/// <summary>Small data files of every kind that is read, made in memory.</summary>
public static class SampleFiles
{
    public static byte[] Npy(string type, string shape, byte[] data, byte version = 1)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}";
        header = header.PadRight(117) + "\n";
        byte[] length = version == 1 ? new byte[2] : new byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. data];
    }

    /// <summary>An IDX file of bytes.</summary>
    public static byte[] Idx(byte[] data, params int[] shape) =>
        [0, 0, 8, (byte)shape.Length, .. shape.SelectMany(BigEndian), .. data];

    public static byte[] Gzip(byte[] data)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize)) gzip.Write(data);
        return packed.ToArray();
    }

    /// <summary>A PNG picture; rows come filtered, each with its filter byte.</summary>
    public static byte[] Png(int width, int height, byte colorType, byte[] filteredRows, byte[]? palette = null, byte depth = 8, byte interlace = 0)
    {
        using MemoryStream pixels = new();
        using (ZLibStream zlib = new(pixels, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(filteredRows);
        return
        [
            0x89, .. "PNG"u8, 13, 10, 26, 10,
            .. Chunk("IHDR", [.. BigEndian(width), .. BigEndian(height), depth, colorType, 0, 0, interlace]),
            .. palette is null ? [] : Chunk("PLTE", palette),
            .. Chunk("IDAT", pixels.ToArray()), .. Chunk("IEND", []),
        ];
    }

    /// <summary>Rows of samples with one of PNG's filters on each in turn.</summary>
    public static byte[] FilterRows(byte[] samples, int stride, int pixelBytes)
    {
        List<byte> rows = [];
        int At(int row, int column) => row < 0 || column < 0 ? 0 : samples[row * stride + column];
        for (int row = 0; row < samples.Length / stride; row++)
        {
            int filter = row % 5;
            rows.Add((byte)filter);
            for (int i = 0; i < stride; i++)
            {
                int a = At(row, i - pixelBytes), b = At(row - 1, i), c = At(row - 1, i - pixelBytes), p = a + b - c;
                int paeth = new[] { a, b, c }.MinBy(candidate => Math.Abs(p - candidate));
                rows.Add((byte)(At(row, i) - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => paeth }));
            }
        }
        return [.. rows];
    }

    private static byte[] Chunk(string kind, byte[] body)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes(kind), .. body];
        uint crc = uint.MaxValue;
        foreach (byte value in content)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return [.. BigEndian(body.Length), .. content, .. BigEndian((int)~crc)];
    }

    private static byte[] BigEndian(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
