namespace Blindsight.Enclave;

/// <summary>Sizes and versions that owners, host and enclave agree on.</summary>
public static class RoomProtocol
{
    /// <summary>Of frames, channels, records and contracts together; the evidence binds it.</summary>
    public const byte Version = 1;
}
