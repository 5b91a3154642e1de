using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc;
using Blindsight.Mpc.ObliviousTransfer;

namespace Blindsight.Harness.Dealers;

/// <summary>
/// The ideal functionality of correlated oblivious transfer behind the real interfaces: both ends draw from one seed and send
/// nothing, so that what a protocol itself sends can be counted.
/// </summary>
public sealed class DealtCorrelatedOt : ICorrelatedOtSender, ICorrelatedOtReceiver
{
    private readonly Prg _prg;

    /// <summary>One end; the other is made with the same seed.</summary>
    public DealtCorrelatedOt(ulong seed)
    {
        _prg = Prg.Derive([], "dealt correlated OT", seed);
        Vector128<byte>[] delta = new Vector128<byte>[1];
        _prg.Fill<Vector128<byte>>(delta);
        Delta = delta[0] | Vector128.CreateScalar((byte)1);
    }

    public Vector128<byte> Delta { get; }

    public ulong NextIndex { get; private set; }

    public ProtocolCost CostOfNext(long count) => ProtocolCost.None;

    ulong ICorrelatedOtSender.Extend(Span<Vector128<byte>> q) => Draw(q, null);

    ulong ICorrelatedOtReceiver.Extend(Span<Vector128<byte>> t) => Draw(t, Delta);

    public void Dispose() => _prg.Dispose();

    private ulong Draw(Span<Vector128<byte>> blocks, Vector128<byte>? delta)
    {
        byte[] choices = new byte[blocks.Length];
        _prg.Fill(blocks);
        _prg.Fill(choices);
        Vector128<byte> low = Vector128.CreateScalar((byte)1);
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = Vector128.AndNot(blocks[i], low);
            if (delta is not null && (choices[i] & 1) == 1) blocks[i] ^= delta.Value;
        }
        ulong first = NextIndex;
        NextIndex += (ulong)blocks.Length;
        return first;
    }
}
