using Blindsight.Enclave.Refresh;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Harness;

/// <summary>A room of the enclave in the evaluator's own process: nothing is protected.</summary>
public sealed class RoomRefresher(RoomQuery query) : IRefresher
{
    public CkksCiphertext[] Refresh(int refresh, CkksCiphertext[][] operands, CancellationToken cancellation) => query.Refresh(refresh, operands);
}
