using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Blindsight.Hosting;

/// <summary>What a client calls its query at both servers: 16 random bytes, written as 32 hexadecimal digits.</summary>
public readonly record struct QueryId(UInt128 Value)
{
    public const int Bytes = 16;

    public static QueryId Draw() => Read(RandomNumberGenerator.GetBytes(Bytes));

    public static QueryId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <exception cref="QueryFaultException">Not 32 hexadecimal digits.</exception>
    public static QueryId Parse(string? text) =>
        text is { Length: 2 * Bytes } && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 value)
            ? new(value) : throw new QueryFaultException(QueryFault.BadIdentifier, $"an identifier has {2 * Bytes} hexadecimal digits");

    public void Write(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Bytes];
        Write(bytes);
        return bytes;
    }

    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
