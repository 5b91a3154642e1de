using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Blindsight.Enclave.Wire;

/// <summary>Reads little-endian fields of bytes that anybody may have sent. Every count is compared with what is there before anything is allocated.</summary>
/// <param name="bytes">The message.</param>
/// <param name="what">Its name, for refusals.</param>
public ref struct WireReader(ReadOnlySpan<byte> bytes, string what)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Bytes that have not been read.</summary>
    public readonly int Left => _rest.Length;

    /// <exception cref="RoomException">Malformed: it ends early.</exception>
    public byte Byte() => Take(1)[0];

    /// <inheritdoc cref="Byte"/>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>A finite number.</summary>
    /// <exception cref="RoomException">Malformed: it ends early, or the number is none.</exception>
    public double Double()
    {
        double number = BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));
        return double.IsFinite(number) ? number : throw Refused("a number is not finite");
    }

    /// <summary>A number between bounds, both included.</summary>
    /// <exception cref="RoomException">Malformed: it ends early, or the number is outside.</exception>
    public int Int32(int min, int max)
    {
        int number = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        return number >= min && number <= max ? number : throw Refused($"{number} is not between {min} and {max}");
    }

    /// <summary>So many bytes, not copied.</summary>
    /// <inheritdoc cref="Byte"/>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw Refused($"{count} bytes are wanted where {_rest.Length} are left");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>A count and as many bytes, not copied.</summary>
    /// <exception cref="RoomException">Malformed: longer than permitted, or than what is there.</exception>
    public ReadOnlySpan<byte> Bytes(int max) => Take(Int32(0, max));

    /// <summary>A count of bytes and as many of UTF-8.</summary>
    /// <inheritdoc cref="Bytes"/>
    public string Text(int bytesMax) => Encoding.UTF8.GetString(Bytes(bytesMax));

    /// <summary>A count and as many finite numbers.</summary>
    /// <exception cref="RoomException">Malformed: more than permitted, or than what is there, or a number that is none.</exception>
    public float[] Floats(int max)
    {
        float[] numbers = MemoryMarshal.Cast<byte, float>(Take(sizeof(float) * Counted(max, sizeof(float)))).ToArray();
        foreach (float number in numbers)
            if (!float.IsFinite(number)) throw Refused("a number is not finite");
        return numbers;
    }

    /// <summary>A count and as many numbers.</summary>
    /// <inheritdoc cref="Bytes"/>
    public int[] Int32s(int max) => MemoryMarshal.Cast<byte, int>(Take(sizeof(int) * Counted(max, sizeof(int)))).ToArray();

    /// <summary>A count of things that take at least so many bytes each.</summary>
    /// <inheritdoc cref="Bytes"/>
    public int Counted(int max, int bytesEach)
    {
        int count = Int32(0, max);
        return (long)count * bytesEach <= _rest.Length ? count : throw Refused($"{count} entries are announced where {_rest.Length} bytes are left");
    }

    /// <exception cref="RoomException">Malformed: something follows.</exception>
    public readonly void End()
    {
        if (!_rest.IsEmpty) throw Refused($"{_rest.Length} bytes follow its end");
    }

    private readonly RoomException Refused(string message) => new(RoomFault.Malformed, $"{what}: {message}");
}
