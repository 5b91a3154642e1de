using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Hands out uniform transfers to which no receiver belongs: what a sender starts from when it is measured alone.</summary>
internal sealed class DealtSender : ICorrelatedOtSender
{
    private static readonly Vector128<byte> LowBit = Vector128.CreateScalar((byte)1);

    private readonly Prg _randomness = Benchmark.Randomness("dealt transfers");

    public Vector128<byte> Delta => Vector128.Create((byte)0x5B);

    public ulong NextIndex { get; private set; }

    public ulong Extend(Span<Vector128<byte>> q)
    {
        ulong first = NextIndex;
        NextIndex += (ulong)q.Length;
        _randomness.Fill(q);
        foreach (ref Vector128<byte> block in q) block = Vector128.AndNot(block, LowBit);
        return first;
    }

    public ProtocolCost CostOfNext(long count) => ProtocolCost.None;

    public void Dispose() => _randomness.Dispose();
}
