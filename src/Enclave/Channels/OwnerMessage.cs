namespace Blindsight.Enclave.Channels;

/// <summary>
/// What an owner says inside its channel. Each message is a record, and has one record as its answer: a byte of <see cref="RoomFault"/>, then the answer or,
/// where it is a fault, words. The host sees lengths and times.
/// </summary>
public enum OwnerMessage : byte
{
    /// <summary>A model owner announces a model. Bytes of the package (4).</summary>
    ModelBegin = 1,
    /// <summary>The next bytes of it.</summary>
    ModelPart = 2,
    /// <summary>All bytes are there -> model (16). See <see cref="Models.ModelPackage"/>.</summary>
    ModelEnd = 3,
    /// <summary>
    /// A data owner enters its context with a model. Model (16), the data owner's public key (65), signature of <see cref="DataOwnerProof"/> (64) -> context
    /// (16), whether the host is checked (1), contract, description.
    /// </summary>
    Enter = 4,
    /// <summary>A query. Images (4), for each input and image its elements -> query (16).</summary>
    Ask = 5,
    /// <summary>Query (16) -> error bound (8), statistical bits of the flood (8), for each output and image its elements.</summary>
    Collect = 6,
}

/// <summary>What a data owner signs with its key, so that nobody else enters its contexts.</summary>
public static class DataOwnerProof
{
    /// <param name="transcript">Of the channel.</param>
    public static byte[] Of(ReadOnlySpan<byte> transcript, ReadOnlySpan<byte> model) =>
        System.Security.Cryptography.SHA256.HashData([.. "blindsight data owner"u8, .. transcript, .. model]);
}
