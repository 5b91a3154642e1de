using System.Text;

namespace Blindsight.Mpc.Channels;

/// <summary>
/// The last message of a party that ends a session for a reason which its peer should know: a byte that names the fault, and words. It may come in the
/// place of any message.
/// </summary>
internal static class Refusal
{
    public const ushort Tag = ushort.MaxValue;

    public const int BytesMax = 1 + 512;

    public static void Send(IChannel channel, PeerFault fault, string reason)
    {
        byte[] words = Encoding.UTF8.GetBytes(reason);
        channel.Send(Tag, [(byte)fault, .. words.AsSpan(0, Math.Min(words.Length, BytesMax - 1))]);
        channel.Flush();
    }

    /// <summary>What the refused party throws. The words are the peer's, so that nothing but printable ones is passed on.</summary>
    public static ProtocolException Read(ReadOnlySpan<byte> payload)
    {
        string name = payload.Length > 0 && Enum.IsDefined((PeerFault)payload[0]) ? $"{(PeerFault)payload[0]}" : "for no known reason";
        string words = payload.Length > 1 ? Encoding.UTF8.GetString(payload[1..]) : "";
        return new(PeerFault.RefusedByPeer, "the peer refused", $"{name}: {string.Concat(words.Where(letter => !char.IsControl(letter)))}");
    }
}
