namespace Blindsight.Hosting.Rooms;

/// <summary>Messages between an owner and the untrusted host; numbers that no other deployment uses. What matters is inside records.</summary>
internal static class RoomTag
{
    /// <summary>Magic and version; then, both ways, the hellos of the channel that ends inside the enclave.</summary>
    public const ushort Hello = 176, Open = 177;

    /// <summary>A sealed record, both ways.</summary>
    public const ushort Record = 178;

    /// <summary>What models there are; a model's program, for the host; what progress a query makes, and its end.</summary>
    public const ushort Models = 179, Program = 180, Follow = 181, Progress = 182, Done = 183;

    /// <summary>The host or the enclave refused: a byte of fault, words. The session goes on.</summary>
    public const ushort Refused = 184;

    /// <summary>The enclave's counters.</summary>
    public const ushort Report = 185;

    public static ReadOnlySpan<byte> Magic => "BLEN\u0001"u8;
}
