using System.Numerics;
using Blindsight.Inference.Protocols;
using Blindsight.Mpc;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Extension;
using Blindsight.Mpc.ObliviousTransfer.Silent;

namespace Blindsight.Inference.Costs;

/// <summary>One direction of correlated transfer, told to a script: what both ends do whenever transfers are asked for.</summary>
internal sealed class RehearsedTransfers(Role sender, CorrelatedOtFactory factory)
{
    private readonly SilentBatches? _silent = factory.Schedule is { } schedule ? new SilentBatches(schedule) : null;
    private bool _grown;

    /// <summary>Tells of the next transfers.</summary>
    public void Extend(Script script, long count)
    {
        if (count == 0) return;
        if (_silent is null)
        {
            ByColumns(script, count);
            return;
        }
        if (!_grown) ByColumns(script, factory.Schedule!.At(0).Consumed);
        foreach (SilentBatch batch in _silent.Next(count))
        {
            int width = BitOperations.Log2((uint)batch.Row.SecretBits);
            script.Does(sender, Work.SampleSent, batch.Samples, width);
            script.Sends(sender, batch.PayloadBytes);
            script.Flushes(sender);
            script.Receives(1 - sender);
            script.Does(1 - sender, Work.SampleReceived, batch.Samples, width);
        }
    }

    /// <summary>By SoftSpoken: its receiver sends a message for each chunk, and one before the first.</summary>
    private void ByColumns(Script script, long count)
    {
        if (!_grown)
        {
            script.Message(1 - sender, SoftSpokenLayout.SetupBytes);
            script.Does(sender, Work.ExtensionGrown);
        }
        _grown = true;
        for (long from = 0; from < count; from += IknpLayout.ChunkCount)
        {
            long some = Math.Min(IknpLayout.ChunkCount, count - from);
            ProtocolCost cost = SoftSpokenLayout.CostOf(some, first: false);
            script.Does(1 - sender, Work.TransferReceived, some);
            script.Sends(1 - sender, cost.PayloadSecondToFirst);
            script.Flushes(1 - sender);
            script.Receives(sender);
            script.Does(sender, Work.TransferSent, some);
        }
    }
}
