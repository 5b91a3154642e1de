using System.Collections.Immutable;
using Blindsight.Arithmetic;

namespace Blindsight.Mpc.ObliviousTransfer.Silent;

/// <summary>
/// A set of parameters of primal LPN with regular noise over GF(2): n samples of a k-bit secret, of which t, one in
/// every block of n/t, are flipped. One iteration of silent transfer turns k + t*log2(n/t) correlated transfers into n.
/// </summary>
public sealed class LpnParameters
{
    /// <summary>Sets below this estimate are refused.</summary>
    public const double RequiredSecurityBits = 128;

    private LpnParameters(int secretBits, int weight, int treeDepth, double securityBits)
    {
        SecretBits = secretBits;
        Weight = weight;
        TreeDepth = treeDepth;
        SecurityBits = securityBits;
    }

    /// <summary>
    /// The sets in use, from the smallest, with the cost in bits of the best attack that tools/estimate_lpn.py knows.
    /// </summary>
    public static ImmutableArray<LpnParameters> Table { get; } =
    [
        Create(1 << 15, 340, 9, 128.8),
        Create(1 << 16, 850, 10, 128.6),
        Create(1 << 17, 1170, 11, 128.2),
        Create(1 << 18, 1520, 12, 128.1),
        Create(1 << 19, 1900, 13, 128.2),
    ];

    /// <summary>k, a power of two.</summary>
    public int SecretBits { get; }

    /// <summary>t, the number of flipped samples and of trees.</summary>
    public int Weight { get; }

    /// <summary>log2(n/t).</summary>
    public int TreeDepth { get; }

    /// <summary>The estimated cost of the best known attack, log2 of bit operations.</summary>
    public double SecurityBits { get; }

    /// <summary>n = t * 2^depth.</summary>
    public int Samples => Weight << TreeDepth;

    /// <summary>Correlated transfers that an iteration consumes: k for the secret, a tree's depth for each
    /// tree.</summary>
    public int Consumed => SecretBits + Weight * TreeDepth;

    /// <summary>Payload of an iteration, from the sender to the receiver: one block for each level of each
    /// tree.</summary>
    public long PayloadBytes => 16L * Weight * TreeDepth;

    /// <summary>Sets too small to be secure, for tests.</summary>
    internal static LpnParameters Toy(int secretBits, int weight, int treeDepth) => new(secretBits, weight, treeDepth, 0);

    /// <exception cref="ParameterException">Below the required security, or not of the form that the code
    /// handles.</exception>
    internal static LpnParameters Create(int secretBits, int weight, int treeDepth, double securityBits)
    {
        if (securityBits < RequiredSecurityBits)
            throw new ParameterException($"LPN parameters have {securityBits} bits of security; {RequiredSecurityBits} are needed.");
        if (secretBits is < 1 or > 1 << 21 || (secretBits & (secretBits - 1)) != 0)
            throw new ParameterException($"The LPN secret has {secretBits} bits; a power of two of at most 2^21 is needed.");
        if (weight < 1 || treeDepth is < 2 or > 16)
            throw new ParameterException($"{weight} trees of depth {treeDepth}; at least 1 of depth 2 to 16 are needed.");
        return new(secretBits, weight, treeDepth, securityBits);
    }
}
