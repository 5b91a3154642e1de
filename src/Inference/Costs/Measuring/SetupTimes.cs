using System.Runtime.InteropServices;
using Blindsight.HomomorphicEncryption.BaseOt;
using Blindsight.HomomorphicEncryption.Linear;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.ObliviousTransfer.Base;
using Blindsight.Mpc.ObliviousTransfer.Extension;

namespace Blindsight.Inference.Costs.Measuring;

/// <summary>Times what a session does once: keys and base transfers, each by the party that does it.</summary>
internal static class SetupTimes
{
    public static void Sessions(IDictionary<Work, WorkCost> costs)
    {
        byte[] binding = new byte[32], key = new byte[RlweClient.PublicKeyBytesFor(SessionSetup.Parameters)];
        costs[Work.Handshake] = Once(WarmUp.HashPlan);
        costs[Work.KeysMade] = Once(() =>
        {
            using RlweClient client = new(SessionSetup.Parameters, binding, Timing.Randomness());
            client.WritePublicKey(key);
        });
        costs[Work.KeysRead] = Once(() => new RlweServer(SessionSetup.Parameters, binding, key).Dispose());
        byte[] choices = new byte[BaseOtPairs.Count / 8];
        Block[] zero = new Block[BaseOtPairs.Count], one = new Block[BaseOtPairs.Count], chosen = new Block[BaseOtPairs.Count];
        costs[Work.BaseRequested] = Once(() => new BaseOtReceiver(binding, choices, Timing.Randomness()).Dispose());
        using BaseOtReceiver receiver = new(binding, choices, Timing.Randomness());
        byte[] Respond() => BaseOtSender.Respond(binding, receiver.Request, Timing.Randomness(),
            MemoryMarshal.AsBytes(zero.AsSpan()), MemoryMarshal.AsBytes(one.AsSpan()));
        byte[] response = Respond();
        costs[Work.BaseAnswered] = Once(() => Respond());
        using BaseOtPairs pairs = new(zero, one);
        costs[Work.BaseFinished] = Once(() =>
        {
            receiver.Finish(response, MemoryMarshal.AsBytes(chosen.AsSpan()));
            new SoftSpokenReceiver(new SilentPeer(), pairs, Timing.Randomness()).Dispose();
        });
    }

    private static WorkCost Once(Action work) => WorkCost.Of(0, Timing.Of(work));
}
