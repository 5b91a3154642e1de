using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Blindsight.Enclave.Wire;

/// <summary>Writes what <see cref="WireReader"/> reads.</summary>
public sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public WireWriter Byte(byte value) => Raw([value]);

    public WireWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(sizeof(int)), value);
        _buffer.Advance(sizeof(int));
        return this;
    }

    public WireWriter UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(sizeof(ulong)), value);
        _buffer.Advance(sizeof(ulong));
        return this;
    }

    public WireWriter Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), value);
        _buffer.Advance(sizeof(double));
        return this;
    }

    /// <summary>The bytes alone.</summary>
    public WireWriter Raw(ReadOnlySpan<byte> value)
    {
        _buffer.Write(value);
        return this;
    }

    /// <summary>Their count and the bytes.</summary>
    public WireWriter Bytes(ReadOnlySpan<byte> value) => Int32(value.Length).Raw(value);

    public WireWriter Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public WireWriter Floats(ReadOnlySpan<float> values) => Int32(values.Length).Raw(MemoryMarshal.AsBytes(values));

    public WireWriter Int32s(ReadOnlySpan<int> values) => Int32(values.Length).Raw(MemoryMarshal.AsBytes(values));

    public byte[] ToBytes() => _buffer.WrittenSpan.ToArray();
}
