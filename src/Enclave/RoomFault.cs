namespace Blindsight.Enclave;

/// <summary>Everything that the enclave refuses; the name is what the other side is told, and what is counted.</summary>
public enum RoomFault : byte
{
    None,
    /// <summary>A frame announces more bytes than its kind may have, or ends early.</summary>
    FrameRefused,
    /// <summary>A request of no known kind.</summary>
    UnknownRequest,
    /// <summary>A request or a record's content is not of its form.</summary>
    Malformed,
    /// <summary>Another version of the protocol or of the contract.</summary>
    UnsupportedVersion,
    /// <summary>No such channel.</summary>
    UnknownChannel,
    /// <summary>As many channels, models, contexts or queries are open as the enclave admits.</summary>
    TooMany,
    /// <summary>A record was changed, repeated, left out or sent in another order: the channel is closed.</summary>
    RecordRefused,
    /// <summary>A message of a role that the channel does not have, or out of its order.</summary>
    OutOfOrder,
    /// <summary>The contract is none that the enclave could work by.</summary>
    ContractRefused,
    /// <summary>No such model.</summary>
    UnknownModel,
    /// <summary>No such context, or not this one's.</summary>
    UnknownContext,
    /// <summary>No such query, or not of this context.</summary>
    UnknownQuery,
    /// <summary>An input of another shape, or of elements larger than the contract has room for.</summary>
    InputRefused,
    /// <summary>A step that was done before: a replay.</summary>
    StepReplayed,
    /// <summary>A step before its turn, or one that the contract does not have.</summary>
    StepOutOfOrder,
    /// <summary>More or fewer ciphertexts than the step takes.</summary>
    WrongCount,
    /// <summary>A ciphertext of another level or scale, or under other parameters, than the step takes.</summary>
    WrongCiphertext,
    /// <summary>The keys that the query was encrypted under are gone.</summary>
    KeyRotated,
    /// <summary>What was submitted is not what the model makes of what the enclave encrypted.</summary>
    IntegrityRefused,
    /// <summary>There is no result yet.</summary>
    NotReady,
    /// <summary>A sealed file was changed, or sealed by another enclave.</summary>
    SealRefused,
    /// <summary>No evidence can be made on this machine.</summary>
    EvidenceUnavailable,
    /// <summary>A defect of the enclave.</summary>
    Defect,
}

/// <summary>The enclave refused. Names the fault; never a secret.</summary>
public sealed class RoomException(RoomFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Its name.</summary>
    public RoomFault Fault { get; } = fault;
}
