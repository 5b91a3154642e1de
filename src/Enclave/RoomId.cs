using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave;

/// <summary>16 random bytes that name a model, a context or a query.</summary>
public readonly record struct RoomId(UInt128 Value)
{
    public const int Bytes = 16;

    /// <summary>One that nobody knows yet.</summary>
    public static RoomId Draw()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(bytes);
        return Of(bytes);
    }

    public static RoomId Of(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <exception cref="RoomException">Malformed: it ends early.</exception>
    public static RoomId Read(ref WireReader reader) => Of(reader.Take(Bytes));

    /// <summary>Reads 32 hexadecimal digits.</summary>
    public static RoomId? Parse(string text) =>
        text.Length == 2 * Bytes && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 value) ? new(value) : null;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Bytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
