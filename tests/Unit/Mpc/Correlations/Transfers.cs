using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Harness.Dealers;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.Correlations;

/// <summary>Correlated transfers and the hash of their connection, for tests of what is made of them.</summary>
internal sealed class Transfers
{
    public const ulong FirstIndex = 1000;

    public Transfers(int count, ulong seed = 1) => (Delta, Q, T) = CorrelatedOtDealer.Deal(count, seed);

    public CorrelationRobustHash Hash { get; } = CorrelationRobustHash.ForConnection([1, 2, 3], "test");

    public Block Delta { get; }
    public Block[] Q { get; }
    public Block[] T { get; }
}
