using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Unit.Arithmetic.Randomness;

public sealed class StandardCounterModeTests
{
    /// <summary>Blocks 0, 1 and 2 under the key 0: H, E(K, Y0) and the ciphertext of test cases 1 and 2 of the GCM specification (McGrew and Viega).</summary>
    private const string Published = "66e94bd4ef8a2c3b884cfa59ca342b2e58e2fccefa7e3061367f1d57a4e7455a0388dace60b6a392f328c2b971b2fe78";

    [Fact]
    public void The_stream_is_the_published_one_for_every_tail_length()
    {
        byte[] expected = Convert.FromHexString(Published);
        for (int length = 0; length <= expected.Length; length++)
        {
            byte[] stream = new byte[length];
            StandardCounterMode.Fill(new byte[16], stream);
            Assert.Equal(expected[..length], stream);
        }
    }

    [Fact]
    public void Counters_above_a_byte_and_above_two_carry_big_endian()
    {
        byte[] key = [.. Enumerable.Range(7, 16).Select(i => (byte)i)], stream = new byte[16 * 65_540];
        StandardCounterMode.Fill(key, stream);
        foreach (int block in (int[])[255, 256, 257, 65_535, 65_536, 65_539])
        {
            UInt128 counter = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((UInt128)block);
            Assert.Equal(Encrypt(key, counter), stream.AsSpan(16 * block, 16).ToArray());
        }
    }

    [Fact]
    public void Another_key_length_is_refused() => Assert.Throws<ArgumentException>(() => StandardCounterMode.Fill(new byte[32], new byte[16]));

    private static byte[] Encrypt(byte[] key, UInt128 littleEndian)
    {
        byte[] block = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(block, littleEndian);
        using System.Security.Cryptography.Aes aes = System.Security.Cryptography.Aes.Create();
        aes.SetKey(key);
        return aes.EncryptEcb(block, System.Security.Cryptography.PaddingMode.None);
    }
}
