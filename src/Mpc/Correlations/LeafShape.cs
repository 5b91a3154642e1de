namespace Blindsight.Mpc.Correlations;

/// <summary>
/// The shape of a 1-out-of-2^m transfer whose messages lie side by side in one word: leaf j occupies bits j*w to
/// (j+1)*w - 1, so 2^m * w is at most 64.
/// </summary>
public readonly record struct LeafShape
{
    /// <summary>m = <paramref name="indexBits"/> of 1 to 4, w = <paramref name="messageBits"/> of 1, 2 or 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another value.</exception>
    public LeafShape(int indexBits, int messageBits)
    {
        if (indexBits is < 1 or > 4)
            throw new ArgumentOutOfRangeException(nameof(indexBits), indexBits, "1 to 4 bits.");
        if (messageBits is not (1 or 2 or 4))
            throw new ArgumentOutOfRangeException(nameof(messageBits), messageBits, "1, 2 or 4 bits.");
        (IndexBits, MessageBits) = (indexBits, messageBits);
    }

    /// <summary>m, the bits of a choice and the correlated transfers an element consumes.</summary>
    public int IndexBits { get; }

    /// <summary>w, the bits of a message.</summary>
    public int MessageBits { get; }

    /// <summary>2^m.</summary>
    public int Leaves => 1 << IndexBits;

    /// <summary>Bits an element takes on the way to the receiver: all leaves but leaf 0.</summary>
    public int MaskedBits => (Leaves - 1) * MessageBits;

    /// <summary>Bits of one message, all set.</summary>
    internal ulong MessageMask => (1UL << MessageBits) - 1;

    /// <summary>The bits that leaves occupy.</summary>
    internal ulong AllLeaves => ulong.MaxValue >> (64 - Leaves * MessageBits);

    /// <summary>A message times this stands at every leaf.</summary>
    internal ulong EveryLeaf => AllLeaves / MessageMask;

    /// <summary>The leaves whose index has bit <paramref name="bit"/> set.</summary>
    internal ulong LeavesWith(int bit)
    {
        int run = MessageBits << bit;
        return AllLeaves / ((1UL << run) + 1) << run;
    }
}
