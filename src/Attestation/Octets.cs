namespace Blindsight.Attestation;

/// <summary>An immutable public byte string (a measurement, report data, a chip's number), compared by content.</summary>
public sealed class Octets : IEquatable<Octets>
{
    private readonly byte[] bytes;

    /// <summary>A copy of <paramref name="bytes"/>, of any length.</summary>
    public Octets(ReadOnlySpan<byte> bytes) => this.bytes = bytes.ToArray();

    /// <summary>The bytes that <paramref name="hex"/> spells, two digits a byte. Throws FormatException otherwise.</summary>
    public static Octets FromHex(string hex) => new(Convert.FromHexString(hex));

    /// <summary>The number of bytes.</summary>
    public int Length => bytes.Length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => bytes;

    /// <summary>Whether the contents are equal. Not constant time: what is compared here is public.</summary>
    public bool Equals(Octets? other) => other is not null && Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => Equals(obj as Octets);

    public override int GetHashCode()
    {
        HashCode hash = new();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    /// <summary>Lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(bytes);
}
