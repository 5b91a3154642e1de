using System.Runtime.Intrinsics;
using Blindsight.Mpc;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Transfers that cost nothing and mean nothing: whatever lies in the destination. What uses transfers is measured without them.</summary>
internal sealed class FreeTransfers : ICorrelatedOtSender, ICorrelatedOtReceiver
{
    public Block Delta => Vector128.Create((byte)0x5B);

    public ulong NextIndex { get; private set; }

    public ulong Extend(Span<Block> blocks)
    {
        ulong first = NextIndex;
        NextIndex += (ulong)blocks.Length;
        return first;
    }

    public ProtocolCost CostOfNext(long count) => ProtocolCost.None;

    public void Dispose() { }
}
