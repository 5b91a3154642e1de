namespace Blindsight.Enclave.Wire;

/// <summary>What the untrusted host may ask of the enclave. Each request has one answer.</summary>
public enum RoomRequest : byte
{
    /// <summary>Begins an owner's channel. Hello -> the enclave's hello, with evidence.</summary>
    Open = 1,
    /// <summary>Hands on an owner's record. Channel (8), sealed record -> <see cref="RoomNotice"/>, sealed record.</summary>
    Record = 2,
    /// <summary>An owner is gone. Channel (8).</summary>
    Close = 3,
    /// <summary>Evaluation keys. Context (16) -> epoch (8), relinearisation key, rotation keys.</summary>
    Keys = 4,
    /// <summary>Encrypted weights. Context (16), epoch (8), first (4), count (4) -> ciphertexts.</summary>
    Weights = 5,
    /// <summary>A query's turn has come. Context (16), query (16) -> epoch (8), ciphertexts of the inputs, block by block.</summary>
    Begin = 6,
    /// <summary>Asks for a step's fresh ciphertexts. Context (16), query (16), step (4), ciphertexts -> ciphertexts.</summary>
    Refresh = 7,
    /// <summary>Hands in the outputs. Context (16), query (16), ciphertexts; the result stays inside until the data owner asks for it.</summary>
    Finish = 8,
    /// <summary>Gives a query up. Context (16), query (16).</summary>
    Abandon = 9,
    /// <summary>Counters, as JSON.</summary>
    Report = 10,
}

/// <summary>What the host is told beside the record that it hands back: it has work to do.</summary>
public enum RoomNotice : byte
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>A model is there. Model (16).</summary>
    ModelReady = 1,
    /// <summary>A query waits. Model (16), context (16), query (16), images (4).</summary>
    QueryWaits = 2,
    /// <summary>A data owner is there: keys and weights can be fetched ahead. Model (16), context (16).</summary>
    ContextEntered = 3,
}
