using Blindsight.Compiler.Leveled;
using Blindsight.Enclave;
using Blindsight.Enclave.Wire;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Hosting.Rooms.Host;

/// <summary>What the host has from the enclave for one context: evaluation keys and, where weights are secret, their ciphertexts.</summary>
internal sealed class HostedContext : IDisposable
{
    private readonly bool _ownsWeights;

    private HostedContext(RoomId id, ulong epoch, CkksRelinearizationKey relinearization, CkksGaloisKeys rotations, LeveledWeights weights, bool ownsWeights,
        long bytes) =>
        (Id, Epoch, Relinearization, Rotations, Weights, _ownsWeights, Bytes) = (id, epoch, relinearization, rotations, weights, ownsWeights, bytes);

    public RoomId Id { get; }
    public ulong Epoch { get; }
    public CkksRelinearizationKey Relinearization { get; }
    public CkksGaloisKeys Rotations { get; }
    public LeveledWeights Weights { get; }

    /// <summary>That were fetched.</summary>
    public long Bytes { get; }

    /// <param name="wanted">The epoch; null for whichever it is.</param>
    /// <param name="open">The weights, where they are public.</param>
    /// <exception cref="RoomException">The enclave refused, or has other weights than the program.</exception>
    public static HostedContext Fetch(HostedModel model, RoomConnection room, RoomId id, ulong? wanted, LeveledWeights? open)
    {
        byte[] keys = room.Ask(RoomRequest.Keys, id.ToBytes());
        long bytes = keys.Length;
        WireReader reader = new(keys, "keys");
        ulong epoch = reader.UInt64();
        if (wanted is { } other && other != epoch) throw new RoomException(RoomFault.KeyRotated, "the keys were replaced meanwhile");
        CkksRelinearizationKey relinearization = model.Serializer.ReadRelinearizationKey(reader.Bytes(int.MaxValue));
        CkksGaloisKeys rotations = model.Serializer.ReadGaloisKeys(reader.Bytes(int.MaxValue));
        reader.End();
        LeveledWeights weights = open ?? LeveledWeights.Read(model.Context, model.Program, Ciphertexts);
        return new(id, epoch, relinearization, rotations, weights, open is null, bytes);

        IEnumerable<CkksCiphertext> Ciphertexts(int count)
        {
            for (int first = 0; first < count; first += Room.WeightsAtOnceMax)
            {
                int some = Math.Min(Room.WeightsAtOnceMax, count - first);
                byte[] answer = room.Ask(RoomRequest.Weights, new WireWriter().Raw(id.ToBytes()).UInt64(epoch).Int32(first).Int32(some).ToBytes());
                bytes += answer.Length;
                foreach (CkksCiphertext weight in Parsed(model, answer, some)) yield return weight;
            }
        }
    }

    public void Dispose()
    {
        Relinearization.Dispose();
        Rotations.Dispose();
        if (_ownsWeights) Weights.Dispose();
    }

    private static CkksCiphertext[] Parsed(HostedModel model, byte[] answer, int expected)
    {
        WireReader reader = new(answer, "weights");
        int count = reader.Counted(int.MaxValue, sizeof(int));
        if (count != expected) throw new RoomException(RoomFault.WrongCount, $"the enclave sent {count} weights where {expected} are due");
        CkksCiphertext[] read = new CkksCiphertext[count];
        for (int i = 0; i < count; i++) read[i] = model.Serializer.ReadCiphertext(reader.Bytes(int.MaxValue));
        reader.End();
        return read;
    }
}
