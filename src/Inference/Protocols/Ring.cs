namespace Blindsight.Inference.Protocols;

/// <summary>Elements of Z_2^k held in the low bits of a word.</summary>
internal static class Ring
{
    /// <summary>The low <paramref name="bits"/> bits, 1 to 32.</summary>
    public static uint Mask(int bits) => uint.MaxValue >> (32 - bits);

    /// <summary>Reads the low bits as a signed number.</summary>
    public static int Signed(uint element, int bits) => (int)(element << (32 - bits)) >> (32 - bits);
}
