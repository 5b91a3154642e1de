using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Memory;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.ObliviousTransfer;
using Blindsight.Mpc.ObliviousTransfer.Base;

namespace Blindsight.Cli.Benchmarks;

/// <summary>
/// Both parties of silent correlated transfer on two threads over a link in memory, one direction, past the first iterations. Base
/// transfers are dealt. A repetition is an iteration of the largest set of parameters, so that every part of it counts once.
/// </summary>
internal sealed class SilentTransfers : IRepetitions
{
    private const int ChunkTransfers = 1 << 18, Chunks = 56;

    private readonly TwoThreads _parties = new();
    private readonly ICorrelatedOtSender _sender;
    private readonly ICorrelatedOtReceiver _receiver;
    private readonly AlignedBuffer<Vector128<byte>> _q = new(ChunkTransfers), _t = new(ChunkTransfers);

    public SilentTransfers()
    {
        using Prg dealer = Benchmark.Randomness("base transfers");
        Vector128<byte>[] zero = new Vector128<byte>[BaseOtPairs.Count], one = new Vector128<byte>[BaseOtPairs.Count];
        dealer.Fill<Vector128<byte>>(zero);
        dealer.Fill<Vector128<byte>>(one);
        Vector128<byte> choices = Vector128.Create((byte)0x5B);
        Vector128<byte>[] chosen = [.. zero.Select((key, i) => (choices[i / 8] >> (i % 8) & 1) == 0 ? key : one[i])];
        CorrelatedOtFactory factory = new(CorrelatedOtChoice.Silent, TransferKernels.ExpectedTransfers);
        byte[] connection = new byte[16];
        const string Label = "both parties";
        _sender = factory.CreateSender(
            _parties.Here, new BaseOtChoices(choices, chosen), connection, Label, Benchmark.Randomness("sender"));
        _receiver = factory.CreateReceiver(
            _parties.There, new BaseOtPairs(zero, one), connection, Label, Benchmark.Randomness("receiver"));
        Extend();
        RequireCorrelation();
    }

    public ImmutableArray<double> Next()
    {
        long start = Stopwatch.GetTimestamp();
        Extend();
        return [1e-6 * Chunks * ChunkTransfers / Stopwatch.GetElapsedTime(start).TotalSeconds];
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _parties.Dispose();
        _q.Dispose();
        _t.Dispose();
    }

    private void Extend()
    {
        Action join = _parties.Start(() =>
        {
            for (int i = 0; i < Chunks; i++) _receiver.Extend(_t.Span);
            _parties.There.Flush();
        });
        for (int i = 0; i < Chunks; i++) _sender.Extend(_q.Span);
        _parties.Here.Flush();
        join();
    }

    /// <summary>Wrong transfers would measure nothing: the latest obey t = q xor c * Delta.</summary>
    private void RequireCorrelation()
    {
        for (int i = 0; i < ChunkTransfers; i++)
        {
            Vector128<byte> choice = Vector128.Create((byte)(0 - (_t.Span[i].ToScalar() & 1)));
            if (_t.Span[i] != (_q.Span[i] ^ (choice & _sender.Delta)))
                throw new InvalidOperationException($"Transfer {i} is not correlated.");
        }
    }
}
