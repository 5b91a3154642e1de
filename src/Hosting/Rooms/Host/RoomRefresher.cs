using Blindsight.Enclave.Wire;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Hosting.Rooms.Host;

/// <summary>Has the enclave do a query's refreshes.</summary>
/// <param name="names">Context and query.</param>
internal sealed class RoomRefresher(HostedModel model, RoomConnection room, byte[] names) : IRefresher
{
    private readonly int[] _outputs = [.. model.Program.Steps.OfType<Compiler.Leveled.LeveledRefresh>().Select(step => step.Output)];

    public CkksCiphertext[] Refresh(int refresh, CkksCiphertext[][] operands, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        WireWriter writer = new WireWriter().Raw(names).Int32(refresh);
        model.Write(writer, operands);
        WireReader reader = new(room.Ask(RoomRequest.Refresh, writer.ToBytes()), "refreshed");
        return model.Read(ref reader, [_outputs[refresh]])[0];
    }
}
