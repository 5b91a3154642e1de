using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.Channels;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Base;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Both ends of one direction of silent correlated transfer, each for a thread of its own. Base transfers are dealt.</summary>
internal sealed class TransferDirection : IDisposable
{
    /// <summary>Transfers that are asked for at once.</summary>
    public const int ChunkTransfers = 1 << 18;

    private readonly IChannel _senderEnd, _receiverEnd;
    private readonly ICorrelatedOtSender _sender;
    private readonly ICorrelatedOtReceiver _receiver;
    private readonly AlignedBuffer<Vector128<byte>> _q = new(ChunkTransfers), _t = new(ChunkTransfers);

    public TransferDirection(IChannel senderEnd, IChannel receiverEnd, string label)
    {
        (_senderEnd, _receiverEnd) = (senderEnd, receiverEnd);
        using Prg dealer = Benchmark.Randomness("base transfers");
        Vector128<byte>[] zero = new Vector128<byte>[BaseOtPairs.Count], one = new Vector128<byte>[BaseOtPairs.Count];
        dealer.Fill<Vector128<byte>>(zero);
        dealer.Fill<Vector128<byte>>(one);
        Vector128<byte> choices = Vector128.Create((byte)0x5B);
        Vector128<byte>[] chosen = [.. zero.Select((key, i) => (choices[i / 8] >> (i % 8) & 1) == 0 ? key : one[i])];
        CorrelatedOtFactory factory = new(CorrelatedOtChoice.Silent, TransferKernels.ExpectedTransfers);
        byte[] connection = new byte[16];
        _sender = factory.CreateSender(
            senderEnd, new BaseOtChoices(choices, chosen), connection, label, Benchmark.Randomness("sender"));
        _receiver = factory.CreateReceiver(
            receiverEnd, new BaseOtPairs(zero, one), connection, label, Benchmark.Randomness("receiver"));
    }

    /// <summary>The sender's part of so many chunks.</summary>
    public void Send(int chunks)
    {
        for (int i = 0; i < chunks; i++) _sender.Extend(_q.Span);
        _senderEnd.Flush();
    }

    /// <summary>The receiver's part of so many chunks.</summary>
    public void Receive(int chunks)
    {
        for (int i = 0; i < chunks; i++) _receiver.Extend(_t.Span);
        _receiverEnd.Flush();
    }

    /// <summary>Wrong transfers would measure nothing: the latest obey t = q xor c * Delta.</summary>
    public void RequireCorrelation()
    {
        for (int i = 0; i < ChunkTransfers; i++)
        {
            Vector128<byte> choice = Vector128.Create((byte)(0 - (_t.Span[i].ToScalar() & 1)));
            if (_t.Span[i] != (_q.Span[i] ^ (choice & _sender.Delta)))
                throw new InvalidOperationException($"Transfer {i} is not correlated.");
        }
    }

    /// <summary>Clears both ends; the channels stay the caller's.</summary>
    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _q.Dispose();
        _t.Dispose();
    }
}
