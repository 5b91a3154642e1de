using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Inference.Protocols;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// Opens a tensor of 32 ring bits to the server under the client's mask r: the client sends its share minus r; from then on
/// the shares are r and x - r. Perfectly hiding, r being uniform and used once.
/// </summary>
internal static class Opening
{
    public static void Run(Party party, int tensor, PreparedBatch batch, Shares shares)
    {
        if (party.IsServer)
        {
            uint[] share = shares[tensor], masked = new uint[share.Length];
            party.Channel.Receive(MessageTag.MaskedInput, MemoryMarshal.AsBytes(masked.AsSpan()));
            for (int i = 0; i < masked.Length; i++) masked[i] += share[i];
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(share.AsSpan()));
            shares[tensor] = masked;
            return;
        }
        uint[] mask = batch.Masks[tensor];
        if (!batch.Differences.TryGetValue(tensor, out uint[]? difference))
        {
            uint[] share = shares[tensor];
            difference = new uint[share.Length];
            for (int i = 0; i < difference.Length; i++) difference[i] = share[i] - mask[i];
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(share.AsSpan()));
        }
        party.Channel.Send(MessageTag.MaskedInput, MemoryMarshal.AsBytes<uint>(difference));
        shares[tensor] = mask;
    }
}
