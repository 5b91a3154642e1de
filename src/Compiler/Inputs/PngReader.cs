using System.Buffers.Binary;

namespace Blindsight.Compiler.Inputs;

/// <summary>
/// PNG pictures of 8 bits: grey, RGB, with alpha (which is dropped) or with a palette; not interlaced. One row, as planes.
/// </summary>
internal static class PngReader
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static bool Recognises(ReadOnlySpan<byte> data) => data.StartsWith(Signature);

    /// <exception cref="InputException">Damaged, or of a kind that is not read.</exception>
    public static SampleSet Read(ReadOnlySpan<byte> data, string file)
    {
        if (!Recognises(data)) throw new InputException(file, "signature", "not a PNG file");
        (Header header, byte[] palette, byte[] pixels) = Chunks(data[Signature.Length..], file);
        long stride = (long)header.Width * header.Samples;
        byte[] rows = Decompression.Inflate(pixels, (stride + 1) * header.Height, file);
        PngFilter.Undo(rows, (int)stride, header.Samples, file);
        int channels = header.ColorType is 0 or 4 ? 1 : 3, area = header.Width * header.Height;
        if ((long)channels * area > Decompression.BytesMax) throw new InputException(file, "IHDR", "the picture is too large");
        byte[] planes = new byte[channels * area];
        for (int y = 0; y < header.Height; y++)
            for (int x = 0; x < header.Width; x++)
                for (int c = 0, at = y * ((int)stride + 1) + 1 + x * header.Samples; c < channels; c++)
                    planes[c * area + y * header.Width + x] = header.ColorType == 3
                        ? rows[at] * 3 + c < palette.Length ? palette[rows[at] * 3 + c]
                            : throw new InputException(file, "PLTE", $"color {rows[at]} is not in the palette")
                        : rows[at + c];
        return new(file, 1, [channels, header.Height, header.Width], planes, null);
    }

    private static (Header, byte[] Palette, byte[] Pixels) Chunks(ReadOnlySpan<byte> data, string file)
    {
        Header? header = null;
        byte[] palette = [];
        MemoryStream pixels = new();
        while (true)
        {
            if (data.Length < 12) throw new InputException(file, "chunks", "the file ends before IEND");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(data);
            if (length > data.Length - 12) throw new InputException(file, "chunks", $"a chunk of {length} bytes with {data.Length - 12} left");
            ReadOnlySpan<byte> kind = data.Slice(4, 4), body = data.Slice(8, (int)length);
            if (Crc32(data.Slice(4, (int)length + 4)) != BinaryPrimitives.ReadUInt32BigEndian(data[(8 + (int)length)..]))
                throw new InputException(file, "chunks", "a checksum does not agree");
            if (header is null != kind.SequenceEqual("IHDR"u8)) throw new InputException(file, "IHDR", "not exactly once at the start");
            if (header is null) header = Header.Read(body, file);
            else if (kind.SequenceEqual("PLTE"u8)) palette = body.ToArray();
            else if (kind.SequenceEqual("IDAT"u8)) pixels.Write(body);
            else if (kind.SequenceEqual("IEND"u8)) return (header, palette, pixels.ToArray());
            else if (kind[0] < 'a') throw new InputException(file, "chunks", "a critical chunk of an unknown kind");
            data = data[(12 + (int)length)..];
        }
    }

    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = ~0u;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }

    /// <summary>What the first chunk says.</summary>
    private sealed record Header(int Width, int Height, int ColorType, int Samples)
    {
        private const int SideMax = 1 << 15;

        public static Header Read(ReadOnlySpan<byte> body, string file)
        {
            if (body.Length != 13) throw new InputException(file, "IHDR", $"{body.Length} bytes instead of 13");
            uint width = BinaryPrimitives.ReadUInt32BigEndian(body), height = BinaryPrimitives.ReadUInt32BigEndian(body[4..]);
            if (width is 0 or > SideMax || height is 0 or > SideMax)
                throw new InputException(file, "IHDR", $"{width} x {height} pixels; sides are 1 to {SideMax}");
            if (body[8] != 8) throw new InputException(file, "IHDR", $"{body[8]} bits a sample are not read; 8 are");
            if (body[12] != 0) throw new InputException(file, "IHDR", "interlaced pictures are not read; save it without interlacing");
            if (body[10] != 0 || body[11] != 0) throw new InputException(file, "IHDR", "an unknown compression or filter method");
            int samples = body[9] switch
            {
                0 or 3 => 1,
                2 => 3,
                4 => 2,
                6 => 4,
                _ => throw new InputException(file, "IHDR", $"color type {body[9]} does not exist"),
            };
            return new((int)width, (int)height, body[9], samples);
        }
    }
}
