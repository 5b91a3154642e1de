using System.Security.Cryptography;
using Blindsight.Enclave;
using Blindsight.Enclave.Channels;
using Blindsight.Enclave.Models;
using Blindsight.Enclave.Wire;

namespace Blindsight.Hosting.Rooms.Owners;

/// <summary>A model that was handed over.</summary>
/// <param name="ContractHash">SHA-256 of what enclave and data owners go by.</param>
/// <param name="ToRoomBytes">Sealed towards the enclave.</param>
/// <param name="ToHostBytes">Geometry, and the weights where they are public.</param>
public sealed record HandedOver(RoomId Model, string ContractHash, long ToRoomBytes, long ToHostBytes);

/// <summary>The model owner: weights go into the enclave, geometry to the host. Then it may be gone.</summary>
public static class ModelOwnerClient
{
    private const int PartBytes = 4 << 20;

    /// <param name="program">For the host: see <see cref="Inference.Deployments.Leveled.LeveledProgramFormat"/>.</param>
    /// <exception cref="RoomException">Enclave or host refused.</exception>
    public static HandedOver HandOver(HostLine line, AttestedChannel channel, ModelPackage package, byte[] program)
    {
        byte[] bytes = package.ToBytes();
        channel.Ask(OwnerMessage.ModelBegin, new WireWriter().Int32(bytes.Length).ToBytes());
        for (int at = 0; at < bytes.Length; at += PartBytes)
            channel.Ask(OwnerMessage.ModelPart, bytes.AsSpan(at, Math.Min(PartBytes, bytes.Length - at)));
        RoomId model = RoomId.Of(channel.Ask(OwnerMessage.ModelEnd, []).AsSpan(0, RoomId.Bytes));
        CryptographicOperations.ZeroMemory(bytes);
        line.SendProgram(model, program);
        return new(model, Convert.ToHexStringLower(SHA256.HashData(package.Contract)), bytes.Length, program.Length);
    }
}
