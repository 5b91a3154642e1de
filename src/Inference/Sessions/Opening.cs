using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols;
using Blindsight.Inference.Protocols.Nonlinear;

namespace Blindsight.Inference.Sessions;

/// <summary>
/// Opens a tensor of 32 ring bits to the server under the client's mask r: the client sends its share minus r; from then on
/// the shares are r and x - r. Perfectly hiding, r being uniform and used once.
/// </summary>
internal static class Opening
{
    public static void Run(Party party, int tensor, PreparedBatch batch, Shares shares)
    {
        if (party.IsServer) Receive(party, shares[tensor]);
        else
        {
            uint[] mask = batch.Masks[tensor];
            if (batch.Differences.TryGetValue(tensor, out uint[]? known)) Send(party, known);
            else Send(party, shares[tensor], mask);
            shares[tensor] = mask;
        }
    }

    /// <summary>An opening of so many elements.</summary>
    public static void Run(Script script, int elements)
    {
        script.Does(Role.Client, Work.Element, elements);
        for (int from = 0; from < elements; from += Chunks.Elements)
        {
            int count = Chunks.At(from, elements);
            script.Message(Role.Client, sizeof(uint) * (long)count);
            script.Does(Role.Server, Work.Element, count);
        }
    }

    private static void Receive(Party party, Span<uint> share)
    {
        using Rented<uint> rented = new(Math.Min(Chunks.Elements, share.Length));
        for (int from = 0; from < share.Length; from += Chunks.Elements)
        {
            Span<uint> masked = rented.Span[..Chunks.At(from, share.Length)];
            party.Channel.Receive(MessageTag.MaskedInput, MemoryMarshal.AsBytes(masked));
            for (int i = 0; i < masked.Length; i++) share[from + i] += masked[i];
        }
    }

    private static void Send(Party party, ReadOnlySpan<uint> difference)
    {
        for (int from = 0; from < difference.Length; from += Chunks.Elements)
            party.Channel.Send(MessageTag.MaskedInput,
                MemoryMarshal.AsBytes(difference.Slice(from, Chunks.At(from, difference.Length))));
    }

    /// <summary>Sends share minus mask, and clears the share.</summary>
    private static void Send(Party party, Span<uint> share, ReadOnlySpan<uint> mask)
    {
        for (int i = 0; i < share.Length; i++) share[i] -= mask[i];
        Send(party, share);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(share));
    }
}
