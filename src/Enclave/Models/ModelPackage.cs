using Blindsight.Enclave.Wire;

namespace Blindsight.Enclave.Models;

/// <summary>A model as its owner uploads it and as it is sealed. Contract and description are public; the rest is the model owner's secret.</summary>
/// <param name="Contract">What the enclave works by.</param>
/// <param name="Description">What data owners need besides, handed on to them as it is.</param>
/// <param name="Weights">To be encrypted under every context's key, in the order that owner and host agree on; none where the host has them.</param>
/// <param name="Projections">What integrity is checked by, or empty.</param>
public sealed record ModelPackage(byte[] Contract, byte[] Description, IReadOnlyList<WeightPlaintext> Weights, byte[] Projections)
{
    private const int PartBytesMax = 256 << 20;
    private const int WeightsMax = 1 << 22;

    public byte[] ToBytes()
    {
        WireWriter writer = new();
        writer.Byte(RoomProtocol.Version).Bytes(Contract).Bytes(Description).Bytes(Projections).Int32(Weights.Count);
        foreach (WeightPlaintext weight in Weights) weight.Write(writer);
        return writer.ToBytes();
    }

    /// <exception cref="RoomException">Malformed or UnsupportedVersion.</exception>
    public static ModelPackage Read(ReadOnlySpan<byte> bytes)
    {
        WireReader reader = new(bytes, "model");
        byte version = reader.Byte();
        if (version != RoomProtocol.Version) throw new RoomException(RoomFault.UnsupportedVersion, $"model: version {version}");
        byte[] contract = reader.Bytes(PartBytesMax).ToArray(), description = reader.Bytes(PartBytesMax).ToArray(),
            projections = reader.Bytes(PartBytesMax).ToArray();
        WeightPlaintext[] weights = new WeightPlaintext[reader.Counted(WeightsMax, WeightPlaintext.BytesMin)];
        for (int i = 0; i < weights.Length; i++) weights[i] = WeightPlaintext.Read(ref reader);
        reader.End();
        return new(contract, description, weights, projections);
    }
}
