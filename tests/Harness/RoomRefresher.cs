using System.Diagnostics;
using Blindsight.Enclave.Refresh;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Harness;

/// <summary>A room of the enclave in the evaluator's own process: nothing is protected.</summary>
public sealed class RoomRefresher(RoomQuery query) : IRefresher
{
    private readonly Stopwatch _watch = new();

    /// <summary>Time inside.</summary>
    public TimeSpan Elapsed => _watch.Elapsed;

    public CkksCiphertext[] Refresh(int refresh, CkksCiphertext[][] operands, CancellationToken cancellation)
    {
        _watch.Start();
        CkksCiphertext[] output = query.Refresh(refresh, operands);
        _watch.Stop();
        return output;
    }
}
