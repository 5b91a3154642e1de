namespace Blindsight.Mpc.ObliviousTransfer.Base;

/// <summary>
/// The outcome of base oblivious transfers at the party that chose: its choice bits, one a bit of a block (bit j of
/// the block in little-endian order belongs to transfer j), and the keys chosen. Used for one extension only.
/// </summary>
public sealed class BaseOtChoices : IDisposable
{
    private readonly Block[] _keys;

    /// <summary>Copies the keys.</summary>
    /// <exception cref="ArgumentException">Not exactly <see cref="BaseOtPairs.Count"/> keys.</exception>
    public BaseOtChoices(Block choices, ReadOnlySpan<Block> keys)
    {
        if (keys.Length != BaseOtPairs.Count) throw new ArgumentException("128 keys are needed.", nameof(keys));
        Choices = choices;
        _keys = keys.ToArray();
    }

    /// <summary>The 128 choice bits.</summary>
    public Block Choices { get; private set; }

    /// <summary>The chosen keys.</summary>
    public ReadOnlySpan<Block> Keys => _keys;

    /// <summary>Clears choices and keys.</summary>
    public void Dispose()
    {
        Choices = default;
        Array.Clear(_keys);
    }
}
