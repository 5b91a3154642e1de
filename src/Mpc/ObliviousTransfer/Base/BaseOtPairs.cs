namespace Blindsight.Mpc.ObliviousTransfer.Base;

/// <summary>
/// The outcome of base oblivious transfers at the party that offered both keys: pairs of uniform 128-bit keys, of
/// which the peer holds one each. Used for one extension only.
/// </summary>
public sealed class BaseOtPairs : IDisposable
{
    /// <summary>How many base transfers an extension starts from: one for each bit of Delta.</summary>
    public const int Count = 128;

    private readonly Block[] _zero, _one;

    /// <summary>Copies the keys.</summary>
    /// <exception cref="ArgumentException">Not exactly <see cref="Count"/> keys each.</exception>
    public BaseOtPairs(ReadOnlySpan<Block> zero, ReadOnlySpan<Block> one)
    {
        if (zero.Length != Count || one.Length != Count) throw new ArgumentException("128 pairs of keys are needed.");
        _zero = zero.ToArray();
        _one = one.ToArray();
    }

    /// <summary>The keys that a choice of 0 selects.</summary>
    public ReadOnlySpan<Block> Zero => _zero;

    /// <summary>The keys that a choice of 1 selects.</summary>
    public ReadOnlySpan<Block> One => _one;

    /// <summary>Clears the keys.</summary>
    public void Dispose()
    {
        Array.Clear(_zero);
        Array.Clear(_one);
    }
}
