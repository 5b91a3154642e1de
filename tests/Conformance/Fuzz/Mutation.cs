namespace Blindsight.Conformance.Fuzz;

/// <summary>Small random damage to bytes, as a fuzzer does it.</summary>
internal static class Mutation
{
    /// <summary>A copy with one to four changes: bytes replaced, removed, doubled, digits changed, the end cut off.</summary>
    public static byte[] Of(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(random.Next(1, 16), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 4: Digit(bytes, at, random); break;
                default: bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : 1); break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Changes the next digit after a position: texts keep their syntax and get other numbers.</summary>
    private static void Digit(List<byte> bytes, int at, Random random)
    {
        int digit = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
        if (digit >= 0) bytes[digit] = (byte)('0' + random.Next(10));
    }
}
