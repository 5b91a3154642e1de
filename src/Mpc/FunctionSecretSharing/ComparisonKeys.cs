using System.Security.Cryptography;
using System.Runtime.InteropServices;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Bits;

namespace Blindsight.Mpc.FunctionSecretSharing;

/// <summary>
/// What both parties hold of a batch of distributed comparison functions: the correction words. A party's own part is its roots, a
/// block a function, which it may expand from a seed. Level by level, functions side by side. Cleared when disposed.
/// </summary>
public sealed class ComparisonKeys : IDisposable
{
    /// <summary>Leaves of the tree hold the function on so many of the lowest bits, one output a bit of a block.</summary>
    internal const int LeafBits = 7;

    /// <summary>Room for a batch.</summary>
    /// <param name="domainBits">Width of the points, 1 to 32.</param>
    /// <exception cref="ParameterException">Another width, or no functions.</exception>
    public ComparisonKeys(int domainBits, int count)
    {
        if (domainBits is < 1 or > 32) throw new ParameterException($"a comparison of {domainBits} bits; the range is 1 to 32");
        if (count < 1) throw new ParameterException($"{count} comparisons; at least one is needed");
        (DomainBits, Count) = (domainBits, count);
        Levels = Math.Max(0, domainBits - LeafBits);
        Seeds = new Block[checked(Levels * count)];
        Flags = new byte[Seeds.Length];
        Leaves = new Block[count];
    }

    public int DomainBits { get; }
    public int Count { get; }

    /// <summary>Bytes of the correction words of one function, flags packed: what a dealer sends to both parties.</summary>
    public static double BytesEach(int domainBits) => 16 + Math.Max(0, domainBits - LeafBits) * (16 + FlagBits / 8.0);

    /// <summary>Bytes of a batch's correction words.</summary>
    public static int Bytes(int domainBits, int count)
    {
        int words = checked(Math.Max(0, domainBits - LeafBits) * count);
        return checked((words + count) * BlockBytes + BitPacking.PackedBytes(words, FlagBits));
    }

    /// <summary>Writes the correction words.</summary>
    /// <param name="message">Exactly <see cref="Bytes"/>.</param>
    public void Write(Span<byte> message)
    {
        CheckLength(message.Length);
        MemoryMarshal.AsBytes(Seeds.AsSpan()).CopyTo(message);
        MemoryMarshal.AsBytes(Leaves.AsSpan()).CopyTo(message[(Seeds.Length * BlockBytes)..]);
        BitPacking.Pack<byte>(Flags, FlagBits, message[((Seeds.Length + Count) * BlockBytes)..]);
    }

    /// <summary>Reads correction words.</summary>
    /// <param name="message">Exactly <see cref="Bytes"/>.</param>
    /// <exception cref="FormatException">Bits follow the last flag.</exception>
    public void Read(ReadOnlySpan<byte> message)
    {
        CheckLength(message.Length);
        MemoryMarshal.Cast<byte, Block>(message[..(Seeds.Length * BlockBytes)]).CopyTo(Seeds);
        message = message[(Seeds.Length * BlockBytes)..];
        MemoryMarshal.Cast<byte, Block>(message[..(Count * BlockBytes)]).CopyTo(Leaves);
        if (!BitPacking.Unpack<byte>(message[(Count * BlockBytes)..], FlagBits, Flags))
            throw new FormatException("Bits follow the last flag of comparison keys.");
    }

    internal const int FlagBits = 3;
    private const int BlockBytes = 16;

    private void CheckLength(int bytes)
    {
        if (bytes != Bytes(DomainBits, Count)) throw new ArgumentException($"The keys have {Bytes(DomainBits, Count)} bytes, not {bytes}.");
    }

    internal int Levels { get; }

    /// <summary>By level, then function: what is added to both children's seeds.</summary>
    internal Block[] Seeds { get; }

    /// <summary>In the same order: bit 0 for the value, bit 1 for the left child's control bit, bit 2 for the right one's.</summary>
    internal byte[] Flags { get; }

    /// <summary>By function: what is added to the leaf's 128 outputs.</summary>
    internal Block[] Leaves { get; }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(Seeds.AsSpan()));
        CryptographicOperations.ZeroMemory(Flags);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(Leaves.AsSpan()));
    }
}
