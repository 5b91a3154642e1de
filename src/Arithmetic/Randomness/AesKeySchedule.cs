using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Blindsight.Arithmetic.Randomness;

/// <summary>The eleven AES-128 round keys (FIPS 197, section 5.2). Requires AES-NI; constant time.</summary>
public static class AesKeySchedule
{
    /// <summary>Expands a 16-byte key.</summary>
    public static Vector128<byte>[] Expand(ReadOnlySpan<byte> key)
    {
        Vector128<byte>[] keys = new Vector128<byte>[11];
        keys[0] = MemoryMarshal.Read<Vector128<byte>>(key);
        keys[1] = Next(keys[0], AesNi.KeygenAssist(keys[0], 0x01));
        keys[2] = Next(keys[1], AesNi.KeygenAssist(keys[1], 0x02));
        keys[3] = Next(keys[2], AesNi.KeygenAssist(keys[2], 0x04));
        keys[4] = Next(keys[3], AesNi.KeygenAssist(keys[3], 0x08));
        keys[5] = Next(keys[4], AesNi.KeygenAssist(keys[4], 0x10));
        keys[6] = Next(keys[5], AesNi.KeygenAssist(keys[5], 0x20));
        keys[7] = Next(keys[6], AesNi.KeygenAssist(keys[6], 0x40));
        keys[8] = Next(keys[7], AesNi.KeygenAssist(keys[7], 0x80));
        keys[9] = Next(keys[8], AesNi.KeygenAssist(keys[8], 0x1b));
        keys[10] = Next(keys[9], AesNi.KeygenAssist(keys[9], 0x36));
        return keys;
    }

    private static Vector128<byte> Next(Vector128<byte> key, Vector128<byte> assist)
    {
        Vector128<uint> k = key.AsUInt32(), word = Vector128.Create(assist.AsUInt32()[3]);
        k ^= Shifted(k, 4);
        k ^= Shifted(k, 8);
        return (k ^ word).AsByte();
    }

    private static Vector128<uint> Shifted(Vector128<uint> value, byte bytes) => bytes == 4
        ? System.Runtime.Intrinsics.X86.Sse2.ShiftLeftLogical128BitLane(value, 4)
        : System.Runtime.Intrinsics.X86.Sse2.ShiftLeftLogical128BitLane(value, 8);
}
