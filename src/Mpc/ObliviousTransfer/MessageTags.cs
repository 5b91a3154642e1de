namespace Blindsight.Mpc.ObliviousTransfer;

/// <summary>Tags of the messages of this room: 0x0200 to 0x02ff.</summary>
internal static class MessageTags
{
    public const ushort IknpColumns = 0x0201;
    public const ushort SilentTrees = 0x0202;
    public const ushort SoftSpokenTrees = 0x0203;
    public const ushort SoftSpokenColumns = 0x0204;
}
